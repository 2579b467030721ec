"""What came of a load, as an asset's metadata."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aurora.periods import PeriodRange
from loaders.runs import Run

_WORST_LAST = ("SUCCESS", "PARTIAL", "FAILED")

Metadata = Mapping[str, int | str]


def of_endpoint(runs: Sequence[Run]) -> Metadata:
    """The runs of one endpoint, of all providers of its API, as one; ``NOT_ASKED`` where there is none."""
    if not runs:
        return {"status": "NOT_ASKED"}
    worst = max(runs, key=lambda run: _WORST_LAST.index(run.status))
    error = {"error": worst.error_message} if worst.error_message is not None else {}
    return {
        "status": worst.status,
        "providers": ", ".join(dict.fromkeys(run.provider for run in runs)),
        "periods": str(PeriodRange(min(run.period_from for run in runs), max(run.period_to for run in runs))),
        "requests": sum(run.requests for run in runs),
        "retries": sum(run.retries for run in runs),
        "fetched": sum(run.records_fetched for run in runs),
        "staged": sum(run.records_staged for run in runs),
        "unchanged": sum(run.records_unchanged for run in runs),
        "rejected": sum(run.records_rejected for run in runs),
        **error,
    }


def is_incomplete(runs: Sequence[Run]) -> bool:
    """Whether the runs leave a question open that nobody else answers."""
    return any(run.status != "SUCCESS" and not run.endpoint.is_optional for run in runs)
