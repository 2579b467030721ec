"""The worked examples by group: each writes itself into the books, and gives the check of an answer."""

from __future__ import annotations

from collections.abc import Callable

from tests.commissions import example_agreements, example_amounts, example_bases
from tests.commissions.worked_examples import Check, Example

EXAMPLES: dict[str, Callable[[Example], Check]] = {
    name.removeprefix("write_").upper().replace("T02A", "T02a").replace("T02B", "T02b"): write
    for module in (example_bases, example_amounts, example_agreements)
    for name, write in vars(module).items()
    if name.startswith("write_")
}
