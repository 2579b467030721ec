"""Every mistake in a file is one line: file, line, path, what is wrong and what to do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from aurora.registry import EthereumValidator
from aurora.registry.fields import SolanaKey

VOTE = "CcaHc2L43ZWjwCHART3oZoJvHLAe9hzT2DJNUpBzoTN1"
STAKE = "F6dEJnZyBhuv7q4CnsTQRYnRBx5gXQ5AyrHPLvXwCeiB"
SECOND_VOTE = "DdCNGDpP7qMgoAy6paFzhhak2EeyCZcgjH7ak5u5v28m"
KEY = "0x" + "8A" * 48

IN_CHAINS = [
    # what the file says, what it says instead, path in the message, a part of the reason
    ("    name: Solana\n", "", "chains[0].name", "is missing", "chain_id: solana"),
    ("    name: Solana\n", "    name:\n", "chains[0].name", "is empty"),
    ("    name: Solana\n", "    name: 7\n", "chains[0].name", "must be text"),
    ("    name: Solana\n", "    nmae: Solana\n", "chains[0].nmae", "unknown key; did you mean name?"),
    (
        "    name: Solana\n",
        "    name: Solana\n    genesis_at: 2020-01-01\n",
        "chains[0].genesis_at",
        "unknown key",
        "genesis_at: 2020-01-01",
    ),
    ("chain_id: solana\n", "chain_id: So lana\n", "chains[0].chain_id", "lower-case name"),
    ("chain_id: ethereum\n", "chain_id: solana\n", "chains[1].chain_id", "listed twice, first at chains[0].chain_id"),
    ("period_type: EPOCH", "period_type: WEEK", "chains[0].period_type", "must be EPOCH (Solana) or DAY (Ethereum)"),
    ("    period_type: DAY\n", "", "chains[1].period_type", "is missing", "chain_id: ethereum"),
    ("native_decimals: 9", "native_decimals: 6", "chains[0].native_decimals", "must be 9 for SOL"),
    ("native_decimals: 18", "native_decimals: 19", "chains[1].native_decimals", "must be at most 18"),
    ("native_decimals: 18", 'native_decimals: "18"', "chains[1].native_decimals", "must be a whole number"),
    ("base_unit: wei", "base_unit: gwei", "chains[1].base_unit", "must be wei for ETH"),
    ("finality_lag: 1    ", "finality_lag: -1   ", "chains[0].finality_lag", "must be at least 0"),
    ("slots_per_epoch: 432000", "slots_per_epoch: 0", "chains[0].slots_per_epoch", "must be at least 1"),
    ("slots_per_epoch: 432000", "slots_per_epoch: 432000.5", "chains[0].slots_per_epoch", "must be a whole number"),
    ("slots_per_epoch: 432000", "slots_per_epoch: 0432000", "chains[0].slots_per_epoch", "without leading zeros"),
    ("slots_per_epoch: 432000", "slots_per_epoch: true", "chains[0].slots_per_epoch", "must be a whole number"),
    ("    genesis_at: 2020-12-01T12:00:23Z\n", "", "chains[1].genesis_at", "is missing", "chain_id: ethereum"),
    ("2020-12-01T12:00:23Z", "2020-13-01T12:00:23Z", "chains[1].genesis_at", "not in the calendar"),
    ("2020-12-01T12:00:23Z", "1606824023", "chains[1].genesis_at", "must be an instant"),
    ("    seconds_per_slot: 12\n", "", "chains[1].seconds_per_slot", "is missing", "chain_id: ethereum"),
    (
        "from_period: 752, value: 300",
        "from_period: 0, value: 300",
        "chains[0].parameters[1].from_period",
        "listed twice",
    ),
    ("from_period: 752, value: 300", "from_period: 752, value: 10001", "chains[0].parameters[1].value", "10000"),
    ("from_period: 752, value: 300", "from_period: 752, value: 3.5", "chains[0].parameters[1].value", "whole number"),
    ("from_period: 752", "from_period: -1", "chains[0].parameters[1].from_period", "at least 0"),
    ("priority_fee_protocol_bps", "priority_fee_protocl_bps", "chains[0].parameters[2].name", "did you mean"),
    (VOTE, VOTE[:-2], "chains[0].validators[0].vote_pubkey", "32 bytes"),
    (VOTE, VOTE + VOTE, "chains[0].validators[0].vote_pubkey", "32 bytes"),
    (VOTE, "0" + VOTE[1:], "chains[0].validators[0].vote_pubkey", "base58"),
    (SECOND_VOTE, VOTE, "chains[0].validators[1].vote_pubkey", "listed twice, first at validators[0].vote_pubkey"),
    (f"[{STAKE}]", STAKE, "chains[0].validators[0].own_stake_accounts", "must be a list"),
    (f"[{STAKE}]", f"[{STAKE}, {STAKE}]", "chains[0].validators[0].own_stake_accounts[1]", "listed twice"),
    (f"[{STAKE}]", f"[{VOTE}]", "chains[0].validators[0].own_stake_accounts[0]", "listed twice"),
    ("      - vote_pubkey: " + SECOND_VOTE, "      - all", "chains[0].validators[1]", "must be a mapping"),
    (KEY, KEY[:-1], "chains[1].validators[0].public_key", '96 hexadecimal digits; after "0x" it has 95 characters'),
    (KEY, KEY[2:], "chains[1].validators[0].public_key", "0x"),
    (KEY, "0x" + "9B" * 48, "chains[1].validators[1].public_key", "listed twice", "0x" + "9b" * 48),
    ("0x" + "c1" * 20, "0x" + "zz" * 20, "chains[1].validators[0].fee_recipients[0]", "40 hexadecimal digits"),
    ("0x" + "Ab" * 20, "0x" + "Ab" * 19, "chains[1].operator_addresses[0]", "40 hexadecimal digits"),
    ("validator_index: 1187604", "validator_index: -4", "chains[1].validators[0].validator_index", "at least 0"),
    (
        "from: 2026-01-01T00:00:00Z",
        "from: 2024-01-01T00:00:00Z",
        "chains[1].validators[0].ownership[1].from",
        "keep one",
    ),
    ("from: 2026-01-01T00:00:00Z", "from: 2023-01-01T00:00:00Z", "chains[1].validators[0].ownership[1].from", "order"),
    ("from: 2026-01-01T00:00:00Z, ", "", "chains[1].validators[0].ownership[1].from", "is missing"),
    ("owner: CLIENT", "owner: client", "chains[1].validators[0].ownership[1].owner", "one of OPERATOR or CLIENT"),
    ("fee_bps: 1000, ", "", "chains[1].validators[0].ownership[1].fee_bps", "is missing"),
    ("fee_bps: 1000, ", "fee_bps: 10001, ", "chains[1].validators[0].ownership[1].fee_bps", "at most 10000"),
    ("owner: OPERATOR}", "owner: OPERATOR, fee_bps: 5}", "chains[1].validators[0].ownership[0].fee_bps", "CLIENT only"),
]

RPC_URL = "https://api.mainnet-beta.solana.com"
IN_PROVIDERS = [
    ("api: jito\n", "api: kobe\n", "providers[1].api", "must be one of"),
    ("provider: jito\n", "provider: solana_rpc\n", "providers[1].provider", "listed twice"),
    ("provider: jito\n", "provider: solana-rpc\n", "providers[1].provider", "listed twice"),
    (f"base_url: {RPC_URL}", "base_url: api.mainnet-beta.solana.com", "providers[0].base_url", "http:// or https://"),
    (f"base_url: {RPC_URL}", "base_url: ftp://example.org", "providers[0].base_url", "http:// or https://"),
    (f"base_url: {RPC_URL}", "base_url: https://", "providers[0].base_url", "with a host"),
    (f"base_url: {RPC_URL}", "base_url: https://h:99999", "providers[0].base_url", "host or port is malformed"),
    (f"base_url: {RPC_URL}", "base_url: https://h/<key>", "providers[0].base_url", "fill in"),
    (f"base_url: {RPC_URL}", "base_url: [https://h]", "providers[0].base_url", "must be text"),
    (f"base_url: {RPC_URL}", "base_urls: []", "providers[0].base_url", "is missing", "provider: solana_rpc"),
    ("jito.network/api/v1/", "jito.network/api/v1?key=1", "providers[1].base_url", "without ?query"),
    (
        "base_url: http://beacon_node:5052",
        "base_url: https://beaconcha.in",
        "providers[5].base_url",
        "api: beaconchain",
    ),
    ("https://relay.ultrasound.money/", "relay", "providers[7].base_urls[1]", "http:// or https://"),
    ("https://relay.ultrasound.money/", "https://boost-relay.flashbots.net/", "providers[7].base_urls[1]", "twice"),
    (
        "    base_urls: [",
        "    base_url: https://h\n    base_urls: [",
        "providers[7].base_urls",
        "stands beside base_url",
        "base_urls: [",
    ),
    (f"base_url: {RPC_URL}", "base_urls: [https://a, https://b]", "providers[0].base_urls", "mev_relay"),
    ("requests_per_second: 10", "requests_per_second: -1", "providers[0].rate_limit.requests_per_second", "above zero"),
    ("requests_per_second: 10", "requests_per_second: .inf", "providers[0].rate_limit.requests_per_second", "finite"),
    ("requests_per_second: 10", 'requests_per_second: "9"', "providers[0].rate_limit.requests_per_second", "quotes"),
    ("burst: 10", "burst: 0", "providers[0].rate_limit.burst", "at least 1"),
    ("concurrency: 8", "concurrency: -8", "providers[0].rate_limit.concurrency", "at least 1"),
    ("monthly_budget: 1000", "monthly_budget: -1", "providers[4].rate_limit.monthly_budget", "at least 1"),
    ("timeout_seconds: 30", "timeout_seconds: 0", "providers[0].timeout_seconds", "above zero"),
    ("attempts: 6", "attempts: 0", "providers[0].retry.attempts", "at least 1"),
    ("budget_seconds: 120", "budget_seconds: -5", "providers[0].retry.budget_seconds", "above zero"),
    ("batch_size: 50", "batch_size: -50", "providers[0].batch_size", "at least 1"),
    ("retry: {attempts: 6, budget_seconds: 120}", "retry: 6", "providers[0].retry", "must be a mapping"),
    ("kind: bearer", "kind: basic", "providers[3].auth.kind", "must be one of none, bearer, header or query"),
    ("kind: bearer, env: SOLANABEACH_API_KEY", "kind: bearer", "providers[3].auth.env", "is missing"),
    ("kind: bearer, env: SOLANABEACH_API_KEY", "kind: none, env: X", "providers[3].auth.env", "sends no key"),
    ("name: apikey, ", "", "providers[4].auth.name", "is missing"),
    ("kind: bearer", "kind: bearer, name: k", "providers[3].auth.name", "remove it"),
    ("data_type: MEV", "data_type: TIPS", "mappings[3].data_type", "must be one of FEES, MEV, REWARDS or META"),
    ("role: reconcile", "role: secondary", "mappings[0].role", "must be one of primary, fallback or reconcile"),
    ("priority: 9", "priority: -9", "mappings[0].priority", "at least 0"),
    (
        "role: fallback, priority: 2",
        "role: fallback, priority: 1",
        "mappings[2].priority",
        "listed twice",
        "role: primary, priority: 1",
    ),
    (
        "provider: solana_beach, role: fallback",
        "provider: solana_rpc, role: primary",
        "mappings[2].provider",
        "twice",
        "priority: 1}",
    ),
    ("provider: stakewiz, role", "provider: stakewis, role", "mappings[0].provider", "is no provider of this file"),
    (
        "{chain: ethereum,",
        "{chain: etherium,",
        "mappings[3].chain",
        "is no chain of chains.yaml; known: ethereum, solana",
    ),
    ("provider: mev_relay, role", "provider: jito, role", "mappings[3].provider", "knows nothing of ethereum"),
    ('"0.000005"', "0.000005", "tolerances[0].abs_tolerance_native", "put it in quotes"),
    ('"0.000005"', "5", "tolerances[0].abs_tolerance_native", "put it in quotes"),
    ('"0.000005"', '"5e-6"', "tolerances[0].abs_tolerance_native", "quoted decimal"),
    ('"0.000005"', '"-0.000005"', "tolerances[0].abs_tolerance_native", "must not be negative"),
    ("rel_tolerance_bps: 5", "rel_tolerance_bps: -5", "tolerances[0].rel_tolerance_bps", "at least 0"),
    ("{chain: solana, metric", "{chain: sol, metric", "tolerances[0].chain", "is no chain of chains.yaml"),
]


def _case(case):
    return pytest.param(*case, *[None] * (5 - len(case)), id=f"{case[2]}: {case[1].strip() or 'left out'}"[:70])


@pytest.mark.parametrize(("old", "new", "path", "reason", "at"), [_case(case) for case in IN_CHAINS])
def test_a_mistake_in_chains_names_line_path_and_reason(files, old, new, path, reason, at):
    _expect(files, files.chains, old, new, path, reason, at)


@pytest.mark.parametrize(("old", "new", "path", "reason", "at"), [_case(case) for case in IN_PROVIDERS])
def test_a_mistake_in_providers_names_line_path_and_reason(files, old, new, path, reason, at):
    _expect(files, files.providers, old, new, path, reason, at)


def _expect(files, spoiled, old, new, path, reason, at):
    line = files.replace(old, new)
    if at is not None:
        line = next(n for n, text in enumerate(spoiled.read_text().splitlines(), 1) if at in text)
    message = files.error()
    assert message.startswith(f"{spoiled.name}:{line}: {path}: ")
    assert reason in message


def test_several_mistakes_are_the_first_line_and_their_number(files):
    files.replace("burst: 10", "burst: -10")
    files.replace("concurrency: 8", "concurrency: -8")
    files.replace("batch_size: 200", "batch_size: 0")
    message = files.error()
    assert message.startswith("providers.yaml:6: providers[0].rate_limit.burst: must be at least 1")
    assert message.endswith("(and 2 more)")


def test_a_file_outside_the_working_directory_is_named_in_full(files, monkeypatch, tmp_path_factory):
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    files.replace("burst: 10", "burst: -10")
    assert files.error().startswith(f"{files.providers}:6: ")


@given(key=st.binary(min_size=30, max_size=34))
def test_a_solana_key_is_32_bytes_whatever_they_are(key):
    accepted = TypeAdapter(SolanaKey)
    if len(key) == 32:
        assert accepted.validate_python(_base58(key)) == _base58(key)
    else:
        with pytest.raises(ValueError, match="base58"):
            accepted.validate_python(_base58(key))


def _base58(key: bytes) -> str:
    alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
    number, text = int.from_bytes(key), ""
    while number:
        number, digit = divmod(number, 58)
        text = alphabet[digit] + text
    return "1" * (len(key) - len(key.lstrip(b"\0"))) + text


def test_an_address_that_is_listed_twice_is_found_whatever_its_case():
    with pytest.raises(ValueError, match="listed twice"):
        EthereumValidator.model_validate(
            {
                "public_key": KEY,
                "fee_recipients": ["0x" + "ab" * 20, "0x" + "AB" * 20],
            }
        )


CONTENTS = [
    (b"", "chains.yaml:1: is empty"),
    (b"# only a comment\n", "chains.yaml:1: is empty"),
    (b"null\n", "chains.yaml:1: is empty"),
    (b"just text\n", "chains.yaml:1: must be a mapping"),
    (b"- chain_id: solana\n", "chains.yaml:1: must be a mapping"),
    (b"\x89PNG\r\n\x1a\n\xff\xfe", "chains.yaml:1: is not UTF-8 text"),
    (b"chains:\n  - a\x00b\n", "chains.yaml:2: holds a control character"),
    (b"chains:\n\t- chain_id: solana\n", "chains.yaml:2: is indented with a tab"),
    (b"chains:\n  - {chain_id: solana\n", "is not YAML"),
    (b"chains: [\n", "is not YAML"),
    (b"a: 1\n---\nb: 2\n", "chains.yaml:2: is not YAML"),
    (b"chains:\n  - chain_id: a\n    chain_id: b\n", "chains.yaml:3: chains[0].chain_id: stands twice"),
    (b"chains:\n  - 7: a\n", "chains.yaml:2: chains[0]: has a key that is no word"),
    (b"chains:\n  - ? [a, b]\n    : c\n", "chains.yaml:2: chains[0]: has a key that is no word"),
    (b"chains:\n  - {<<: {a: 1}}\n", "chains.yaml:2: chains[0]: has a merge key"),
    (b"chains: &all\n  - *all\n", "contains itself through an alias"),
    (b"chains: !!python/object/apply:os.system ['true']\n", "chains.yaml:1: chains: has a YAML tag"),
    (b"chains: !secret abc\n", "chains.yaml:1: chains: has a YAML tag"),
    (b"chains: *nothing\n", "chains.yaml:1: is not YAML"),
    (b"chains: 1" + b"0" * 5000 + b"\n", "chains.yaml:1: chains: has more digits"),
    (b"chains:\n", "chains.yaml:1: chains: is empty"),
    (b"chains: []\n", "chains.yaml:1: chains: is empty; it needs at least one entry"),
    (b"chains: all\n", "chains.yaml:1: chains: must be a list"),
    (b"chain: []\n", "chains.yaml:1: chain: unknown key; did you mean chains?"),
    (b"chains: " + b"[" * 20000 + b"\n", "chains.yaml"),
    (b"chains: " + b"[" * 900 + b"]" * 900 + b"\n", "chains.yaml:1: chains: is nested too deeply"),
]


@pytest.mark.parametrize(("body", "expected"), CONTENTS, ids=lambda part: str(part)[:40])
def test_a_file_that_is_no_registry_is_one_clear_line(files, body, expected):
    files.chains.write_bytes(body)
    message = files.error()
    assert expected in message
    assert len(message) < 300


def test_aliases_cannot_make_a_small_file_huge(files):
    lines = ["chains: &l0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"k{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]" for n in range(1, 9)]
    files.chains.write_text("\n".join(lines))
    assert "larger than a registry can be" in files.error()


def test_a_missing_file_a_directory_and_an_empty_name_are_one_clear_line(files, tmp_path):
    files.chains.unlink()
    assert files.error() == "chains.yaml: no such file; create it, or correct the variable that names it"
    files.chains = tmp_path
    assert "is a directory; name the YAML file in it" in files.error()


def test_a_byte_order_mark_and_windows_line_ends_are_read(files):
    text = files.chains.read_text()
    files.chains.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert files.load().chain("solana").name == "Solana"
