"""Export and apply: what comes out goes back in and changes nothing, whatever was agreed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.agreements import terms
from api.agreements.terms import Agreement, Partner, Rule, Status, Step, Tiers, Version, Wallet, in_order
from api.agreements.writing_file import render_file
from aurora.registry import Registry
from tests.agreements.conftest import Office
from tests.agreements.samples import OTHER_VOTE, SAMPLE, VOTE
from tests.postgres import TemplateDatabases

START = datetime(2026, 1, 1, tzinfo=UTC)
ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

instants = st.integers(0, 10**15).map(lambda microseconds: START + timedelta(microseconds=microseconds))
names = st.text(min_size=1, max_size=20).filter(lambda name: name.isprintable() and name == name.strip())
lamports = st.integers(0, 10**20).map(lambda amount: Decimal(amount).scaleb(-9))


def base58(number: int) -> str:
    """A key of 32 bytes."""
    number |= 1 << 255
    text = ""
    while number:
        number, rest = divmod(number, 58)
        text = ALPHABET[rest] + text
    return text


@st.composite
def all_tiers(draw: st.DrawFn) -> Tiers:
    starts = sorted({Decimal(0), *draw(st.lists(lamports, max_size=3))})
    steps = tuple(Step(start, draw(st.integers(0, 10_000))) for start in starts)
    return Tiers(draw(st.sampled_from(terms.TIER_MODES)), draw(st.sampled_from(terms.TIER_BASES)), steps)


@st.composite
def all_rules(draw: st.DrawFn, number: int, *, is_pool: bool, is_net: bool) -> Rule:
    chain = draw(st.sampled_from([None, "solana"]))
    has_amounts = chain is not None and not is_pool
    tiers = draw(st.none() | all_tiers()) if has_amounts else None
    limits = sorted(draw(st.lists(lamports, min_size=2, max_size=2)))
    component = draw(st.sampled_from([*terms.COMPONENTS, "ALL"]))
    method = "FIXED_SHARE" if is_pool else draw(st.sampled_from(terms.METHODS))
    may_use_rewards = component == "COMMISSION" and method == "CLIENT_REVENUE" and chain and not is_net
    return Rule(
        rule_order=draw(st.sampled_from([number, number + 100])),
        component=component,
        method=method,
        chain=chain,
        validator=draw(st.sampled_from([None, VOTE, OTHER_VOTE])),
        rule_key=f"{draw(names)} {number}",
        base_source=draw(st.sampled_from(terms.BASE_SOURCES)) if may_use_rewards else "VALIDATOR_REVENUE",
        commission_rate_bps=None if tiers else draw(st.integers(0, 10_000)),
        tiers=tiers,
        floor_native=draw(st.sampled_from([None, limits[0]])) if has_amounts else None,
        cap_native=draw(st.sampled_from([None, limits[1]])) if has_amounts else None,
    )


@st.composite
def all_versions(draw: st.DrawFn) -> tuple[Version, ...]:
    bounds = sorted(draw(st.sets(instants, min_size=2, max_size=5)))
    found = []
    for start, end in pairwise(bounds):
        mode = draw(st.sampled_from(terms.ALLOCATION_MODES))
        is_pool = mode == "POOL_SPLIT"
        costs = () if is_pool else draw(st.sets(st.sampled_from(terms.NET_COSTS)))
        rules = [draw(all_rules(n, is_pool=is_pool, is_net=bool(costs))) for n in range(1, draw(st.integers(1, 4)))]
        found.append(
            Version(
                effective_from=start,
                effective_until=draw(st.sampled_from([end, start + (end - start) / 2])),
                rules=in_order(rules),
                stacking=draw(st.sampled_from(terms.STACKINGS)),
                allocation_mode=mode,
                pool=draw(names) if is_pool else None,
                basis="NET" if costs else "GROSS",
                net_costs=tuple(cost for cost in terms.NET_COSTS if cost in costs),
                negative_policy=draw(st.sampled_from(terms.NEGATIVE_POLICIES)),
                clawback_months=draw(st.none() | st.integers(0, 120)),
            )
        )
    return tuple(version for version in found if version.effective_until != version.effective_from)


@st.composite
def all_partners(draw: st.DrawFn) -> list[Partner]:
    found = []
    addresses = iter(draw(st.lists(st.integers(0, 2**254), min_size=6, max_size=6, unique=True)))
    for name in draw(st.lists(names, min_size=1, max_size=2, unique=True)):
        wallets = tuple(
            Wallet(
                "solana",
                base58(next(addresses)),
                draw(st.sampled_from(["withdrawer", "stake_account"])),
                start := draw(instants),
                draw(st.sampled_from([None, start + timedelta(days=3)])),
            )
            for _ in range(draw(st.integers(0, 3)))
        )
        agreements = tuple(
            Agreement(
                title,
                draw(all_versions()),
                tuple(
                    Status(draw(st.sampled_from(terms.STATUSES)), start)
                    for start in sorted(draw(st.sets(instants, max_size=2)))
                ),
            )
            for title in draw(st.lists(names, max_size=2, unique=True))
        )
        found.append(
            Partner(
                name=name,
                email=draw(st.just("") | names),
                minimum_payouts=draw(st.dictionaries(st.sampled_from(["solana", "ethereum"]), lamports)),
                wallets=wallets,
                agreements=agreements,
            )
        )
    return found


def test_every_key_of_the_sample_comes_back(office: Office) -> None:
    office.apply(SAMPLE)
    text = office.export()
    before = office.everything()
    assert office.apply(text).is_empty
    assert office.everything() == before
    assert office.export() == text


def test_an_export_goes_into_an_empty_database(
    office: Office, migrated: TemplateDatabases, tmp_path: Path, registry: Registry
) -> None:
    office.apply(SAMPLE)
    other = Office(migrated.clone("agreements_copy"), tmp_path, registry)
    other.apply(office.export())
    assert other.export() == office.export()
    migrated.drop("agreements_copy")


def test_nothing_recorded_is_an_empty_list(office: Office) -> None:
    assert office.export() == "partners: []\n"
    assert office.apply(office.export()).is_empty


@pytest.mark.slow
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(partners=all_partners())
def test_whatever_is_agreed_comes_back_without_a_change(
    partners: list[Partner], migrated: TemplateDatabases, tmp_path: Path, registry: Registry
) -> None:
    office = Office(migrated.clone("agreements_round_trip"), tmp_path, registry)
    office.apply(render_file(partners))
    text = office.export()
    before = office.everything()
    assert office.apply(text).is_empty
    assert office.everything() == before
    assert office.export() == text
    assert render_file(partners) == text
    migrated.drop("agreements_round_trip")
