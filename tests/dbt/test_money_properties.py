"""What holds of the money macros whatever the amounts: nothing made, nothing lost, nothing guessed."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.dbt.conftest import Macros, Part

U64 = 2**64 - 1

lamports = st.integers(0, U64) | st.sampled_from([0, 1, 9_999, 10_000, 2**53 + 1, U64])
stored_bps = st.integers(0, 65_535) | st.sampled_from([0, 1, 9_999, 10_000, 10_001])
protocol_bps = st.integers(0, 10_000)
keys = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=4)
weights = st.integers(0, 10**24) | st.integers(0, 3)

quick = settings(max_examples=60, deadline=None, database=None)


def many(*strategies: st.SearchStrategy[int]) -> st.SearchStrategy[list[tuple[int, ...]]]:
    """Cases of a query: rows of one value of each."""
    return st.lists(st.tuples(*strategies), min_size=1, max_size=20)


@st.composite
def wholes(draw: st.DrawFn) -> list[Part]:
    """A whole and the parts it is shared over, in any order."""
    whole = draw(st.integers(-(10**30), 10**30) | st.integers(-12, 12))
    names = draw(st.lists(keys, min_size=1, max_size=12, unique=True))
    return [("whole", whole, draw(weights), name) for name in names]


@quick
@given(cases=many(lamports, stored_bps, protocol_bps))
def test_tips_are_split_without_rest_and_nobody_gets_less_than_nothing(
    macros: Macros, cases: list[tuple[int, ...]]
) -> None:
    gross, commission, protocol = zip(*cases, strict=True)
    split = zip(
        gross,
        macros.calculate("protocol_tips", gross, protocol),
        macros.calculate("validator_tips", gross, commission, protocol),
        macros.calculate("staker_tips", gross, commission, protocol),
        strict=True,
    )
    for whole, to_protocol, to_validator, to_stakers in split:
        assert to_protocol + to_validator + to_stakers == whole
        assert min(to_protocol, to_validator, to_stakers) >= 0


@quick
@given(cases=many(lamports, protocol_bps))
def test_an_unknown_commission_is_read_as_neither_nothing_nor_all(macros: Macros, cases: list[tuple[int, ...]]) -> None:
    gross, protocol = zip(*cases, strict=True)
    unknown = [None] * len(cases)
    assert macros.calculate("validator_tips", gross, unknown, protocol) == unknown
    assert macros.calculate("staker_tips", gross, unknown, protocol) == unknown
    assert macros.calculate("inflation_commission", gross, unknown) == unknown
    assert macros.calculate("inflation_staker_share", gross, unknown) == unknown
    assert macros.calculate("applied_bps", unknown) == unknown


@quick
@given(cases=many(lamports, stored_bps))
def test_inflation_loses_one_lamport_a_reward_at_most(macros: Macros, cases: list[tuple[int, ...]]) -> None:
    rewards, rates = zip(*cases, strict=True)
    applied = macros.calculate("applied_bps", rates)
    validator = macros.calculate("inflation_commission", rewards, rates)
    staker = macros.calculate("inflation_staker_share", rewards, rates)
    assert applied == [min(rate, 10_000) for rate in rates]
    for reward, rate, to_validator, to_staker in zip(rewards, applied, validator, staker, strict=True):
        assert to_validator == reward * int(rate) // 10_000
        assert 0 <= reward - to_validator - to_staker <= 1


@quick
@given(cases=many(lamports, lamports))
def test_what_a_block_pays_and_burns_is_what_it_took(macros: Macros, cases: list[tuple[int, ...]]) -> None:
    base, priority = zip(*cases, strict=True)
    for b, p, paid in zip(base, priority, macros.calculate("leader_block_fee", base, priority), strict=True):
        assert b + p - int(paid) == b // 2


@quick
@given(parts=wholes())
def test_shares_sum_to_the_whole_each_within_a_unit_of_its_due(macros: Macros, parts: list[Part]) -> None:
    total = sum(weight or 0 for _, _, weight, _ in parts)
    found = macros.share(parts)
    if total == 0:
        assert set(found.values()) == {None}
        return
    assert sum(share for share in found.values() if share is not None) == parts[0][1]
    for cell, whole, weight, key in parts:
        due = Fraction(whole * (weight or 0), total)
        assert abs((found[cell, key] or 0) - due) < 1


@quick
@given(parts=wholes(), data=st.data())
def test_shares_do_not_depend_on_the_order_of_rows(macros: Macros, parts: list[Part], data: st.DataObject) -> None:
    assert macros.share(data.draw(st.permutations(parts))) == macros.share(parts)


@quick
@given(parts=wholes())
def test_a_reversal_takes_back_every_share(macros: Macros, parts: list[Part]) -> None:
    reversed_parts: list[Part] = [(cell, -whole, weight, key) for cell, whole, weight, key in parts]
    there, back = macros.share(parts), macros.share(reversed_parts)
    assert {key: None if share is None else -share for key, share in there.items()} == back


@quick
@given(parts=wholes(), data=st.data())
def test_one_unknown_weight_leaves_its_own_share_unknown(
    macros: Macros, parts: list[Part], data: st.DataObject
) -> None:
    cell, whole, _, key = data.draw(st.sampled_from(parts))
    unknown: list[Part] = [part if part[3] != key else (cell, whole, None, key) for part in parts]
    assert macros.share(unknown)[cell, key] is None


@quick
@given(data=st.data(), decimals=st.integers(0, 18))
def test_units_change_there_and_back_without_a_digit_lost(macros: Macros, data: st.DataObject, decimals: int) -> None:
    """Up to 20 digits before the point and 18 after, which is what numeric(38,18) holds."""
    largest = 10 ** (20 + decimals) - 1
    amounts = data.draw(st.lists(st.integers(-largest, largest), min_size=1, max_size=20))
    amounts = [*amounts, largest, -largest]
    native = macros.calculate("to_native", amounts, decimals)
    assert [_scaled(amount, 18) for amount in native] == [amount * 10 ** (18 - decimals) for amount in amounts]
    assert macros.calculate("to_base_units", native, decimals) == amounts


def _scaled(amount: Decimal, places: int) -> int:
    """The amount as an integer of 10^-places, by its digits: arithmetic on decimals would round them."""
    sign, digits, exponent = amount.as_tuple()
    assert isinstance(exponent, int)
    assert exponent >= -places
    scaled: int = int("".join(map(str, digits))) * 10 ** (exponent + places)
    return -scaled if sign else scaled
