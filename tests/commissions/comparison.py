"""Where two answers about the same books differ, in a few lines."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from tests.commissions.conftest import Computed
from tests.commissions.reference import BLOCKING, Line, Reference
from tests.commissions.rounding import trunc0

ABOUT = ("code", "agreement_id", "rule_key", "chain_id", "period_id", "validator_key", "revenue_component")


def differences(reference: Reference, computed: Computed) -> list[str]:
    """What dbt says otherwise than the reference; nothing where they agree."""
    found = _tables("line", _of_lines(reference), _of_rows(computed))
    found += _tables("carry", reference.carries, computed.carries)
    found += _tables(
        "pool",
        {key: (pool.component, pool.claims, pool.house) for key, pool in reference.pools.items()},
        {key: (row["component"], row["claims"], row["house"]) for key, row in computed.pools.items()},
    )
    findings = {tuple(row[name] for name in ABOUT) for row in computed.diagnostics}
    found += [f"finding only in the reference: {each}" for each in sorted(reference.findings - findings, key=str)]
    found += [f"finding only in dbt: {each}" for each in sorted(findings - reference.findings, key=str)]
    found += [f"{row} blocks" for row in computed.diagnostics if row["is_blocking"] != (row["code"] in BLOCKING)]
    return found


def _tables(name: str, expected: dict[Any, Any], found: dict[Any, Any]) -> list[str]:
    return [
        f"{name} {key}: {expected.get(key)} and not {found.get(key)}"
        for key in sorted(expected.keys() | found.keys(), key=str)
        if expected.get(key) != found.get(key)
    ]


def _of_lines(reference: Reference) -> dict[tuple[Any, ...], dict[str, Any]]:
    return {key: _of_line(line) for key, line in reference.lines.items()}


def _of_line(line: Line) -> dict[str, Any]:
    claim = line.claim
    shown: dict[str, Any] = {"final": line.final, "computed": line.computed}
    if claim is not None:
        assert claim.base is not None
        assert claim.attributed is not None
        shown |= {
            "exact": claim.exact,
            "base": trunc0(claim.base),
            "attributed": trunc0(claim.attributed),
            "weight": claim.weight,
            "weight_basis": claim.weight_basis,
            "attribution_basis": claim.attribution_basis,
            "version": claim.agreement.versions.index(claim.version) + 1,
        }
    return shown


def _of_rows(computed: Computed) -> dict[tuple[Any, ...], dict[str, Any]]:
    shown = {}
    for key, row in computed.lines.items():
        shown[key] = {"final": row["final_amount"], "computed": row["pre_override_amount"]}
        if row["pre_override_amount"] is not None:
            shown[key] |= {
                "exact": computed.exact[key],
                "base": row["base_amount"],
                "attributed": row["attributed_amount"],
                "weight": Fraction(int(row["weight_numerator"]), int(row["weight_denominator"])),
                "weight_basis": row["weight_basis"],
                "attribution_basis": row["attribution_basis"],
                "version": row["agreement_version"],
            }
    return shown
