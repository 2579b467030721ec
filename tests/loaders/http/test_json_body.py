"""JSON without loss: every digit kept, every character kept, and nothing that Postgres jsonb would refuse."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loaders.http_errors import NotAcceptable
from loaders.json_body import MAX_DEPTH, canonical_json, parse_json, split_batch

numbers = st.integers(-(10**40), 10**40) | st.decimals(allow_nan=False, allow_infinity=False, places=30).map(
    lambda number: number + 0
)
values = st.recursive(
    st.none() | st.booleans() | numbers | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)
gaps = st.text(" \t\r\n", max_size=3)


@given(values)
def test_what_is_written_is_read_again_to_the_last_digit(value: object) -> None:
    assert parse_json(canonical_json(value).encode()) == value


@given(st.dictionaries(st.text(max_size=4), st.lists(numbers, max_size=2), max_size=6))
def test_equal_objects_have_one_form(value: dict[str, list[object]]) -> None:
    assert canonical_json(dict(reversed(value.items()))) == canonical_json(value)


@given(st.lists(st.tuples(gaps, values, gaps)), gaps, gaps, gaps)
def test_the_elements_of_a_batch_are_its_own_characters(
    parts: list[tuple[str, object, str]], before: str, within: str, after: str
) -> None:
    raw = [json.dumps(json.loads(canonical_json(value), parse_float=str)) for _, value, _ in parts]
    sent = ",".join(f"{left}{element}{right}" for (left, _, right), element in zip(parts, raw, strict=True))
    elements = split_batch(f"{before}[{sent or within}]{after}".encode())
    assert [text for text, _ in elements] == raw
    assert [value for _, value in elements] == [parse_json(element.encode()) for element in raw]


@given(st.text(max_size=6).map(str.encode) | st.binary(max_size=6))
def test_any_bytes_are_a_value_or_not_acceptable(body: bytes) -> None:
    for read in (parse_json, split_batch):
        try:
            value = read(body)
        except NotAcceptable:
            continue
        assert read is split_batch or json.loads(body, parse_float=Decimal) == value


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b'{"a": [1, 2', "is cut short"),
        (b'{"a": "tru', "not JSON at character 6"),
        (b"<html>", "not JSON at character 0"),
        (b"[1] [2]", "goes on after"),
        (b'"\xff"', "not UTF-8 at byte 1"),
        (b'"\xed\xa0\x80"', "not UTF-8"),
    ],
)
def test_a_damaged_body_may_heal(body: bytes, reason: str) -> None:
    with pytest.raises(NotAcceptable, match=reason) as caught:
        parse_json(body)
    assert caught.value.kind == "not_json"
    assert caught.value.retry


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"NaN", "NaN"),
        (b"[Infinity]", "Infinity"),
        (b"[-Infinity]", "-Infinity"),
        (b'"a\x00b"', "NUL"),
        (b"\xef\xbb\xbf{}", "byte order mark"),
        (b'{"\\ud800": 1}', "surrogate"),
        (b'"\\uDE00\\uD83D"', "surrogate"),
        (b'"\\ud83d\\ud83d\\ude00"', "surrogate"),
        (b"1e131072", "numeric"),
        (b"-1.5E-16383", "numeric"),
        (b"1e99999999999999999999", "exponent"),
        (b"9" * 131_073, "131072 digits"),
        (b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1), "nests too deep"),
        (b'{"a":' * 100_000, "nests too deep"),
    ],
    ids=lambda value: value[:20] if isinstance(value, bytes) else value,
)
def test_what_jsonb_refuses_is_refused_for_good(body: bytes, reason: str) -> None:
    for read in (parse_json, lambda body: split_batch(b"[1," + body + b"]")):
        with pytest.raises(NotAcceptable) as caught:
            read(body)
        assert caught.value.kind == "not_json"
    with pytest.raises(NotAcceptable, match=reason) as caught:
        parse_json(body)
    assert not caught.value.retry


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b"18446744073709551616", 2**64),
        (b"0.12345678901234567890123456789012345", Decimal("0.12345678901234567890123456789012345")),
        (b"1e131071", Decimal("1e131071")),
        (b"1e-16383", Decimal("1e-16383")),
        (b"-" + b"9" * 131_072, -(10**131_072) + 1),
        (b'"\\u0000"', "\0"),
        (b'"\\\\ud800"', "\\ud800"),
        (b'"\\ud83d\\ude00"', "\U0001f600"),
        (b"[" * MAX_DEPTH + b"]" * MAX_DEPTH, None),
    ],
    ids=lambda value: value[:20] if isinstance(value, bytes) else "",
)
def test_what_jsonb_holds_is_exact(body: bytes, value: object) -> None:
    assert value is None or parse_json(body) == value
    assert split_batch(b"[" + body + b"]")[0][0] == body.decode() or value is None


def test_a_batch_that_is_no_array_is_not_the_shape() -> None:
    with pytest.raises(NotAcceptable, match="no array") as caught:
        split_batch(b'{"error": {"code": -32600}}')
    assert caught.value.kind == "not_the_shape"
    assert not caught.value.retry


@pytest.mark.parametrize("body", [b"[1", b"[1,]", b"[1 2]", b"[,1]", b"[1]]", b"[1],"])
def test_a_damaged_batch_is_not_json(body: bytes) -> None:
    with pytest.raises(NotAcceptable) as caught:
        split_batch(body)
    assert caught.value.kind == "not_json"
    assert caught.value.retry


@pytest.mark.parametrize("value", [1.5, {1: 2}, b"bytes", {"a": object()}, [float("nan")]])
def test_what_has_no_exact_form_is_not_written(value: object) -> None:
    with pytest.raises(TypeError):
        canonical_json(value)


def test_the_canonical_form() -> None:
    value = {"z": [1, Decimal("1.10"), None, True], "a": {"ü": '\n"', "b": -(2**70)}}
    assert canonical_json(value) == '{"a":{"b":-1180591620717411303424,"ü":"\\n\\""},"z":[1,1.10,null,true]}'
