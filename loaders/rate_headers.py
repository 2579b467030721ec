"""What response headers say about limits: ``Retry-After`` and the rate-limit headers in their several spellings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

# Beyond these a reset is a point in time, in seconds or milliseconds since 1970, not a number of seconds.
_EPOCH_SECONDS = 1_000_000_000
_EPOCH_MILLISECONDS = 1_000_000_000_000
_WINDOW = re.compile(r"((?:x-)?rate-?limit)-remaining-(second|minute|hour|day|month)")


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds of ``Retry-After``, given as such or as an HTTP date; None where it is absent or unreadable.

    A date is read against the response's own ``Date``, so that a clock that is off does not matter.
    """
    value = headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d{1,9}(\.\d{1,9})?", value):
        return float(value)
    until = _http_date(value)
    if until is None:
        return None
    now = _http_date(headers.get("date", "")) or datetime.now(UTC)
    return max(0.0, (until - now).total_seconds())


def exhausted_for(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds until a limit with nothing remaining is reset; None where something remains or no reset is given.

    Reads ``RateLimit-Remaining`` with ``-Reset`` (as beaconcha.in sends them), the same with ``X-`` in front and
    with a bucket's name within (``X-RateLimit-Rps-Remaining``), and the one-header ``RateLimit: remaining=0, reset=5``
    or ``"name";r=0;t=5``. ``X-RateLimit-Remaining-Month``, and its like for shorter windows, is reset as
    ``-Reset-Month`` says, else with the next UTC month. ``now`` is aware.
    """
    waits: list[float] = []
    for name, value in headers.items():
        if re.fullmatch(r"(x-)?rate-?limit(-[a-z]+)*-remaining", name) and _is_zero(value):
            reset = _number(headers.get(f"{name.removesuffix('remaining')}reset", ""))
            if reset is not None:
                waits.append(_seconds_until(reset, now))
        elif (window := _WINDOW.fullmatch(name)) and _is_zero(value):
            reset = _number(headers.get(f"{window[1]}-reset-{window[2]}", ""))
            waits.append(_seconds_until(reset, now) if reset is not None else _until_next(window[2], now))
        elif name == "ratelimit":
            for policy in re.split(r",(?=\s*\")", value):
                left = re.search(r"\b(?:remaining|r)=(\d+)", policy)
                reset_in = re.search(r"\b(?:reset|t)=(\d+)", policy)
                if left and reset_in and int(left[1]) == 0:
                    waits.append(float(reset_in[1]))
    return max(waits, default=None)


def key_is_dead(headers: Mapping[str, str]) -> bool:
    """Whether all ``X-RateLimit-Limit-*`` are 0: beaconcha.in's 429 for a key that will never work again."""
    limits = [value for name, value in headers.items() if name.startswith("x-ratelimit-limit-")]
    return bool(limits) and all(_is_zero(value) for value in limits)


def _seconds_until(reset: float, now: datetime) -> float:
    if reset >= _EPOCH_MILLISECONDS:
        reset /= 1000
    return max(0.0, reset - now.timestamp()) if reset >= _EPOCH_SECONDS else reset


def _until_next(window: str, now: datetime) -> float:
    """Seconds to the end of the UTC second, minute, hour, day or month."""
    cut = now.astimezone(UTC).replace(microsecond=0)
    if window == "month":
        first = cut.replace(day=1, hour=0, minute=0, second=0)
        end = (first + timedelta(days=32)).replace(day=1)
    else:
        lengths = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
        passed = int(cut.timestamp()) % lengths[window]
        end = cut + timedelta(seconds=lengths[window] - passed)
    return (end - now).total_seconds()


def _is_zero(value: str) -> bool:
    return _number(value) == 0


def _number(value: str) -> float | None:
    return float(value) if re.fullmatch(r"\s*\d{1,15}(\.\d{1,9})?\s*", value) else None


def _http_date(value: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
