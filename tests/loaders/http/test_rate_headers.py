"""The spellings of limits in headers."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from loaders.rate_headers import exhausted_for, key_is_dead, retry_after

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
NOW_SECONDS = int(NOW.timestamp())


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7),
        ({"retry-after": " 0.5 "}, 0.5),
        ({"retry-after": "Sun, 01 Mar 2026 12:00:09 GMT", "date": "Sun, 01 Mar 2026 12:00:00 GMT"}, 9),
        ({"retry-after": "Sun, 01 Mar 2026 11:00:00 GMT", "date": "Sun, 01 Mar 2026 12:00:00 GMT"}, 0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": ""}, None),
        ({}, None),
    ],
)
def test_retry_after_is_read_as_seconds_or_date(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers) == seconds


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "5"}, 5),
        ({"ratelimit-remaining": "0", "ratelimit-reset": "5"}, 5),
        ({"x-rate-limit-remaining": "0", "x-rate-limit-reset": "5"}, 5),
        ({"x-ratelimit-rps-remaining": "0", "x-ratelimit-rps-reset": "2"}, 2),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(NOW_SECONDS + 8)}, 8),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": str((NOW_SECONDS + 8) * 1000)}, 8),
        ({"ratelimit": "limit=10, remaining=0, reset=4"}, 4),
        ({"ratelimit": '"burst";r=5;t=60, "day";r=0;t=900'}, 900),
        ({"x-ratelimit-remaining-month": "0"}, 30.5 * 86_400),
        ({"x-ratelimit-remaining-day": "0"}, 12 * 3_600),
        ({"x-ratelimit-remaining-minute": "0"}, 60),
        ({"x-ratelimit-remaining-month": "0", "x-ratelimit-reset-month": "70"}, 70),
        ({"x-ratelimit-remaining-month": "12"}, None),
        ({"x-ratelimit-remaining": "1", "x-ratelimit-reset": "5"}, None),
        ({"x-ratelimit-remaining": "0"}, None),
        ({"x-ratelimit-rps-remaining": "0", "x-ratelimit-reset": "5"}, None),
        ({"ratelimit": '"burst";r=5;t=60'}, None),
        ({"x-ratelimit-remaining": "none", "x-ratelimit-reset": "5"}, None),
    ],
)
def test_only_an_exhausted_limit_with_a_reset_says_how_long(headers: dict[str, str], seconds: float | None) -> None:
    assert exhausted_for(headers, NOW) == seconds


def test_a_key_is_dead_only_where_every_limit_is_zero() -> None:
    assert key_is_dead({"x-ratelimit-limit-second": "0", "x-ratelimit-limit-day": "0"})
    assert not key_is_dead({"x-ratelimit-limit-second": "5", "x-ratelimit-limit-day": "0"})
    assert not key_is_dead({})
