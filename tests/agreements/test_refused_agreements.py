"""Every rule on a file of agreements: what breaks it is refused with file, line, place and reason."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from api.agreements.reading import read_agreements
from aurora.errors import InputError
from aurora.registry import Registry
from tests.agreements.conftest import Office
from tests.agreements.samples import PUBLIC_KEY, SAMPLE, VOTE, WITHDRAWAL, file_of, one_rule, partner, versions
from tests.shared_files import shared_path

FIXED = "revenue_component: COMMISSION, attribution_method: FIXED_SHARE"
FLAT = f"{FIXED}, commission_rate_bps: 100"
CLIENTS = "revenue_component: COMMISSION, attribution_method: CLIENT_REVENUE, commission_rate_bps: 100"
TWO = "}\n              - {chain: solana, "
POOL = "allocation_mode: POOL_SPLIT\n            pool: p"


def tiers(steps: str) -> str:
    """A rule with these steps."""
    return f"{FIXED}, tiers: {{mode: WHOLE, basis: PERIOD, steps: [{steps}]}}"


def step(start: str, rate: int = 1) -> str:
    """A step of tiers."""
    return f'{{from_native: "{start}", commission_rate_bps: {rate}}}'


REFUSED = {
    "an unknown key of a rule": (one_rule(f"{FLAT}, rate: 3"), "rules[0].rate: unknown key"),
    "an unknown key of a version": (one_rule(FLAT, version="stackin: EXCLUSIVE"), "did you mean stacking?"),
    "an unknown key at the top": ("partners: []\npartner: []\n", "partner: unknown key; did you mean partners?"),
    "no partners": ("{}\n", "partners is missing"),
    "partners that are no list": ("partners: {a: 1}\n", "partners: must be a list"),
    "a partner without a name": ("partners:\n  - email: a\n", "name is missing"),
    "a rule that is no mapping": (one_rule(FLAT).replace("- {chain", "- [chain").replace("100}", "100]"), "mapping"),
    "a padded name": ('partners: [{name: " A"}]\n', "begins or ends with a space"),
    "an unquoted amount": (one_rule(f"{FLAT}, floor_amount_native: 0.1"), "floor_amount_native: must be a quoted"),
    "an unquoted payout": ("partners: [{name: A, minimum_payout: {solana: 1}}]\n", "must be a quoted decimal"),
    "an unquoted step": (one_rule(tiers("{from_native: 0, commission_rate_bps: 1}")), "from_native: must be a quoted"),
    "a negative amount": (one_rule(f'{FLAT}, cap_amount_native: "-1"'), "must not be negative"),
    "an amount with an exponent": (
        one_rule(f'{FLAT}, cap_amount_native: "1e3"'),
        "cap_amount_native: must be a quoted",
    ),
    "less than a lamport": (one_rule(f'{FLAT}, cap_amount_native: "0.0000000001"'), "more than 9 decimals"),
    "a payout below a lamport": ('partners: [{name: A, minimum_payout: {solana: "0.0000000001"}}]\n', "9 decimals"),
    "a payout on no chain": ('partners: [{name: A, minimum_payout: {tron: "1"}}]\n', "no chain of the registry"),
    "an unknown component": (one_rule(FLAT.replace("COMMISSION,", "TIPS,")), "must be one of EXEC_FEES, MEV_TIPS"),
    "an unknown method": (one_rule(FLAT.replace("FIXED_SHARE", "FIXED")), "did you mean FIXED_SHARE?"),
    "an unknown stacking": (one_rule(FLAT, version="stacking: additive"), "must be one of EXCLUSIVE, ADDITIVE"),
    "an unknown mode": (one_rule(FLAT, version="allocation_mode: POOL"), "one of INDEPENDENT, POOL_SPLIT"),
    "an unknown basis": (one_rule(FLAT, version="basis: BRUTTO"), "must be one of GROSS, NET"),
    "an unknown policy": (one_rule(FLAT, version="negative_policy: ZERO"), "one of PASS_THROUGH, FLOOR_AT_ZERO"),
    "a negative clawback": (one_rule(FLAT, version="clawback_months: -1"), "must be from 0"),
    "a quoted clawback": (one_rule(FLAT, version='clawback_months: "3"'), "whole number, without quotes"),
    "an unknown cost": (
        one_rule(FLAT, version="basis: NET\n            net_costs: [OTHER_INCOME]"),
        "net_costs[0]: must",
    ),
    "a cost twice": (one_rule(FLAT, version="basis: NET\n            net_costs: [VOTE_COSTS, VOTE_COSTS]"), "twice"),
    "a rate above the whole": (one_rule(f"{FIXED}, commission_rate_bps: 10001"), "must be from 0 to 10000"),
    "a negative rate": (one_rule(f"{FIXED}, commission_rate_bps: -1"), "must be from 0 to 10000"),
    "a rate with decimals": (one_rule(f"{FIXED}, commission_rate_bps: 1.5"), "must be a whole number"),
    "a quoted rate": (one_rule(f'{FIXED}, commission_rate_bps: "1"'), "must be a whole number, without quotes"),
    "a step's rate": (one_rule(tiers(step("0", 10001))), "steps[0].commission_rate_bps: must be from 0 to 10000"),
    "neither a rate nor tiers": (one_rule(FIXED), "has neither commission_rate_bps nor tiers"),
    "both a rate and tiers": (one_rule(f"{tiers(step('0'))}, commission_rate_bps: 1"), "has both commission_rate_bps"),
    "a first step above 0": (one_rule(tiers(step("1"))), 'must be "0": the first step begins at 0'),
    "steps that do not rise": (
        one_rule(tiers(f"{step('0')}, {step('2')}, {step('2')}")),
        "steps[2].from_native: must be",
    ),
    "no steps": (one_rule(tiers("")), "steps: is empty"),
    "no mode of tiers": (one_rule(f"{FIXED}, tiers: {{basis: PERIOD, steps: [{step('0')}]}}"), "mode is missing"),
    "a floor above the cap": (
        one_rule(f'{FLAT}, floor_amount_native: "200", cap_amount_native: "100"'),
        "floor_amount_native: FLOOR_GT_CAP",
    ),
    "a floor without a chain": (one_rule(f'{FLAT}, floor_amount_native: "1"', chain=""), "needs a chain"),
    "a cap without a chain": (one_rule(f'{FLAT}, cap_amount_native: "1"', chain=""), "needs a chain"),
    "tiers without a chain": (one_rule(tiers(step("0")), chain=""), "tiers: is an amount in a chain's unit"),
    "tiers in a pool": (one_rule(tiers(step("0")), version=POOL), "tiers: is refused under POOL_SPLIT"),
    "a floor in a pool": (one_rule(f'{FLAT}, floor_amount_native: "1"', version=POOL), "refused under POOL_SPLIT"),
    "a cap in a pool": (one_rule(f'{FLAT}, cap_amount_native: "1"', version=POOL), "refused under POOL_SPLIT"),
    "another method in a pool": (one_rule(CLIENTS, version=POOL), "must be FIXED_SHARE under POOL_SPLIT"),
    "a pool without a name": (one_rule(FLAT, version="allocation_mode: POOL_SPLIT"), "POOL_SPLIT needs a pool"),
    "a name of no pool": (one_rule(FLAT, version="pool: p"), "pool: is for allocation_mode: POOL_SPLIT only"),
    "NET without costs": (one_rule(FLAT, version="basis: NET"), "NET needs net_costs"),
    "NET of no costs": (one_rule(FLAT, version="basis: NET\n            net_costs: []"), "NET needs net_costs"),
    "costs without NET": (one_rule(FLAT, version="net_costs: [VOTE_COSTS]"), "net_costs: is for basis: NET only"),
    "NET in a pool": (
        one_rule(FLAT, version=f"{POOL}\n            basis: NET\n            net_costs: [VOTE_COSTS]"),
        "basis: NET is refused with POOL_SPLIT",
    ),
    "NET of clients' rewards": (
        one_rule(f"{CLIENTS}, base_source: CLIENT_REWARDS", version="basis: NET\n            net_costs: [VOTE_COSTS]"),
        "CLIENT_REWARDS is refused with basis NET",
    ),
    "clients' rewards of another method": (one_rule(f"{FLAT}, base_source: CLIENT_REWARDS"), "CLIENT_REVENUE only"),
    "clients' rewards of another component": (
        one_rule(f"{CLIENTS.replace('COMMISSION,', 'ALL,')}, base_source: CLIENT_REWARDS"),
        "base_source: CLIENT_REWARDS is for revenue_component COMMISSION",
    ),
    "clients' rewards of days": (
        one_rule(f"{CLIENTS}, base_source: CLIENT_REWARDS", chain="ethereum"),
        "is for a chain of epochs (Solana), which ethereum is not",
    ),
    "clients' rewards of every chain": (
        one_rule(f"{CLIENTS}, base_source: CLIENT_REWARDS", chain=""),
        "CLIENT_REWARDS needs a chain",
    ),
    "an unknown base": (one_rule(f"{CLIENTS}, base_source: STAKE"), "one of VALIDATOR_REVENUE, CLIENT_REWARDS"),
    "an unknown chain": (
        one_rule(FLAT, chain="tron"),
        "chain: is no chain of the registry; there are ethereum, solana",
    ),
    "a validator of another chain": (one_rule(f'{FLAT}, validator: "{PUBLIC_KEY}"'), "validator: must be a base58"),
    "a validator that is cut off": (one_rule(f"{FLAT}, validator: {VOTE[:-3]}"), "validator: must be a base58"),
    "a negative order": (one_rule(f"{FLAT}, rule_order: -1"), "rule_order: must be from 0"),
    "a rule_key twice": (
        one_rule(f"{FLAT}, rule_key: x{TWO}{CLIENTS}, rule_key: x, rule_order: 9"),
        "has the rule_key x of the rule in line 10",
    ),
    "twins of the default key": (
        one_rule(f"{FLAT}{TWO}{FLAT}"),
        "has the rule_key solana/*/COMMISSION/FIXED_SHARE of the rule in line 10",
    ),
    "a twin by the key of every chain": (
        one_rule(f"{FLAT}{TWO}{FLAT}", chain=""),
        "has the rule_key solana/*/COMMISSION/FIXED_SHARE",
    ),
    "a twin of a named key": (
        one_rule(f"{FLAT}{TWO}{CLIENTS}, rule_key: solana/*/COMMISSION/FIXED_SHARE"),
        "has the rule_key solana/*/COMMISSION/FIXED_SHARE",
    ),
    "equal orders": (
        one_rule(f"{FLAT}, rule_order: 1{TWO}{CLIENTS}, rule_order: 1"),
        "has the rule_order 1 of the rule in line 10",
    ),
    "an order equal to a place": (one_rule(f"{FLAT}{TWO}{CLIENTS}, rule_order: 1"), "has the rule_order 1"),
    "overlapping versions": (
        versions("2025-01-01 2025-03-02 1", "2025-03-01 2"),
        "versions[1]: VERSION_OVERLAP: it begins before the version in line 6 ends",
    ),
    "a version around a later one": (
        versions("2025-01-01 2026-01-01 1", "2025-03-01 2025-04-01 2", "2026-05-01 3"),
        "versions[1]: VERSION_OVERLAP",
    ),
    "versions of one beginning": (versions("2025-01-01 1", "2025-01-01 2"), "VERSION_OVERLAP"),
    "a version that ends first": (versions("2025-03-02 2025-03-02 1"), "must be after effective_from"),
    "a wallet that ends first": (
        file_of(partner("A", f"{VOTE} withdrawer 2026-02-01 2026-01-01")),
        "valid_until: must be after valid_from",
    ),
    "an instant without a zone": (one_rule(FLAT).replace("00:00:00Z", "00:00:00"), "has no time zone"),
    "a bare date": (one_rule(FLAT).replace("T00:00:00Z", ""), "has no time and no zone; write 2026-01-01T00:00:00Z"),
    "a day of no calendar": (one_rule(FLAT).replace("01-01T", "02-30T"), "that no calendar has"),
    "no instant": (one_rule(FLAT).replace("2026-01-01T00:00:00Z", "soon"), "must be an instant such as"),
    "Ethereum's kind on Solana": (
        file_of(partner("A", f"{VOTE} withdrawal_address 2026-01-01")),
        "withdrawal_address is no kind of wallet of solana; there it is withdrawer or stake_account",
    ),
    "Solana's kind on Ethereum": (
        file_of(partner("A", f"{WITHDRAWAL} withdrawer 2026-01-01")),
        "there it is withdrawal_address",
    ),
    "an unknown kind": (file_of(partner("A", f"{VOTE} wallet 2026-01-01")), "kind: must be one of withdrawer"),
    "an address that is cut off": (file_of(partner("A", f"{VOTE[:-2]} withdrawer 2026-01-01")), "32 bytes"),
    "an address without base58": (file_of(partner("A", f"{VOTE[:-1]}0 withdrawer 2026-01-01")), "base58 lacks"),
    "a short Ethereum address": (
        file_of(partner("A", f"{WITHDRAWAL[:-1]} withdrawal_address 2026-01-01")),
        "40 hexadecimal digits",
    ),
    "an unquoted Ethereum number": (
        file_of(partner("A", f"{WITHDRAWAL} withdrawal_address 2026-01-01")).replace(f'"{WITHDRAWAL}"', "17"),
        "address: must be an address, quoted",
    ),
    "an address of two partners": (
        file_of(partner("A", f"{VOTE} withdrawer 2026-01-01"), partner("B", f"{VOTE} stake_account 2026-05-01")),
        f"WALLET_OVERLAP: {VOTE} is A's in that time by line 4",
    ),
    "an address twice": (
        file_of(partner("A", f"{VOTE} withdrawer 2026-01-01", f"{VOTE} withdrawer 2026-02-01")),
        "wallets[1]: WALLET_OVERLAP",
    ),
    "two partners of one name": (file_of(partner("A"), partner("A")), "is the second partner named A, after line 2"),
    "two agreements of one name": (
        "partners: [{name: A, agreements: [{name: X, versions: []}, {name: X, versions: []}]}]\n",
        "is the second agreement named X",
    ),
    "two statuses of one beginning": (
        "partners: [{name: A, agreements: [{name: X, versions: [], statuses: ["
        "{status: ACTIVE, from: 2026-01-01T00:00:00Z}, {status: DRAFT, from: 2026-01-01T01:00:00+01:00}]}]}]\n",
        "statuses[1]: begins when the status in line 1 does",
    ),
    "an unknown status": (
        "partners: [{name: A, agreements: [{name: X, versions: [], statuses: ["
        "{status: PAUSED, from: 2026-01-01T00:00:00Z}]}]}]\n",
        "must be one of DRAFT, ACTIVE, SUSPENDED, TERMINATED",
    ),
    "a key twice": ("partners: []\npartners: []\n", "stands twice"),
    "no YAML": ("partners: [\n", "is not YAML"),
    "an empty file": ("", "is empty"),
}


def refusal(text: str, folder: Path, registry: Registry) -> list[str]:
    """The problems of a file."""
    path = folder / "agreements.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as refused:
        read_agreements(path, registry)
    return list(refused.value.problems)


@pytest.mark.parametrize("case", REFUSED)
def test_what_breaks_a_rule_is_refused_with_its_reason(case: str, tmp_path: Path, registry: Registry) -> None:
    text, reason = REFUSED[case]
    problems = refusal(text, tmp_path, registry)
    assert len(problems) == 1, problems
    assert re.match(r".*agreements\.yaml:\d+: ", problems[0])
    assert reason in problems[0]


def test_the_sample_breaks_none(tmp_path: Path, registry: Registry) -> None:
    path = tmp_path / "agreements.yaml"
    path.write_text(SAMPLE, encoding="utf-8")
    assert [partner.name for partner in read_agreements(path, registry).partners] == ["Acme Introductions", "Bolt"]


def test_equal_orders_are_fine_where_every_rule_gives_a_line(tmp_path: Path, registry: Registry) -> None:
    path = tmp_path / "agreements.yaml"
    text = one_rule(f"{FLAT}{TWO}{CLIENTS}, rule_order: 1", version="stacking: ADDITIVE")
    path.write_text(text, encoding="utf-8")
    read_agreements(path, registry)


def test_every_problem_is_told_at_once_in_the_order_of_lines(office: Office) -> None:
    text = (
        SAMPLE.replace("kind: withdrawer", "kind: withdrawal_address")
        .replace('floor_amount_native: "0.1"', 'floor_amount_native: "6"')
        .replace("commission_rate_bps: 1000}", "commission_rate_bps: 10001}")
        .replace("stacking: ADDITIVE", "stacked: ADDITIVE")
        .replace("pool: house", "pools: house")
        .replace("effective_from: 2026-03-01T00:00:00Z", "effective_from: 2026-03-01")
    )
    with pytest.raises(InputError) as refused:
        office.apply(text)
    problems = refused.value.problems
    lines = [int(problem.split("agreements.yaml:")[1].split(":")[0]) for problem in problems]
    assert lines == sorted(lines)
    for reason in (
        "no kind of wallet of solana",
        "FLOOR_GT_CAP",
        "must be from 0 to 10000",
        "stacked: unknown key",
        "pools: unknown key",
        "POOL_SPLIT needs a pool",
        "has no time and no zone",
    ):
        assert sum(reason in problem for problem in problems) == 1, reason
    assert len(problems) == 7
    assert office.rows("select count(*) from app.partners") == [(0,)]
    assert office.rows("select count(*) from app.audit_log") == [(0,)]


@pytest.mark.parametrize("content", ["missing", "folder"])
def test_a_file_that_cannot_be_read_is_named(content: str, tmp_path: Path, registry: Registry) -> None:
    path = tmp_path / content
    if content == "folder":
        path.mkdir()
    with pytest.raises(InputError, match=content):
        read_agreements(path, registry)


def test_an_amount_in_wei_is_refused_and_in_ether_exact(tmp_path: Path, registry: Registry) -> None:
    """P07: 128 ETH and a wei have more digits in wei than a coin's column holds, and none too many in ether."""
    import json

    vectors = json.loads(shared_path("vectors/commissions.json").read_text(encoding="utf-8"))["vectors"]
    [case] = [vector for vector in vectors if vector["id"] == "P07"]
    wei, ether = case["inputs"]["stake_wei"], case["expected"]["eth"]
    in_wei = one_rule(f'{FLAT}, cap_amount_native: "{wei}"', chain="ethereum")
    [problem] = refusal(in_wei, tmp_path, registry)
    assert "at most 20 digits" in problem
    path = tmp_path / "agreements.yaml"
    path.write_text(one_rule(f'{FLAT}, cap_amount_native: "{ether}"', chain="ethereum"), encoding="utf-8")
    [agreement] = read_agreements(path, registry).partners[0].agreements or ()
    assert str(agreement.versions[0].rules[0].cap_native) == ether
