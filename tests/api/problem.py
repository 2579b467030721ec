"""What every error must be: a problem (RFC 9457), complete, and as documented."""

from __future__ import annotations

from typing import Any

import httpx


def problem(response: httpx.Response, status: int, kind: str) -> dict[str, Any]:
    """The problem in a response, after a look at its form."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    found: dict[str, Any] = response.json()
    assert found["type"] == f"/problems/{kind}"
    assert found["status"] == status
    assert found["title"]
    assert found["detail"]
    assert found["instance"] == response.url.raw_path.decode().partition("?")[0]
    assert found["request_id"] == response.headers["x-request-id"]
    return found
