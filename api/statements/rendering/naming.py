"""What a rendering's file is called."""

from __future__ import annotations

import re
import unicodedata

from api.statements.models import Statement

_MOST_BYTES = 100


def file_name(statement: Statement, *, format: str) -> str:
    """``Acme-solana-2026-01-r1.pdf``: partner, chain, month and revision, safe as a name in any folder.

    Letters of every script stay. Where the partner's name had to be changed by more than its blanks, the beginning of
    the partner's id tells it from others.
    """
    columns = statement.columns
    name = unicodedata.normalize("NFC", columns["partner_name"])
    partner = _safe(name)
    if partner != name.replace(" ", "-") or "-" in name:
        partner = "-".join(part for part in (partner, columns["partner_id"][:8]) if part)
    return f"{partner}-{_safe(columns['chain_id'])}-{statement.month:%Y-%m}-r{columns['revision']}.{format}"


def _safe(text: str) -> str:
    safe = re.sub(r"[^\w]+", "-", text).strip("-")
    return safe.encode()[:_MOST_BYTES].decode(errors="ignore").strip("-")
