"""The Ethereum providers and Solana Beach over HTTP: shapes as recorded, keys, pages, limits, refusals, faults."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import yaml

from aurora.registry import read_registry
from aurora.sandbox import SandboxServer, parse_faults, url_overrides, write_registry
from aurora.sandbox.ethereum.execution import Block

from .conftest import Ask

DELIVERED = "relay/v1/data/bidtraces/proposer_payload_delivered"


def keys_of(value: Any) -> Any:
    """The names in a JSON value, of a list those of its first row."""
    if isinstance(value, dict):
        return {name: keys_of(inner) for name, inner in value.items()}
    return [keys_of(value[0])] if isinstance(value, list) and value else type(value).__name__


def indexes(server: SandboxServer) -> list[int]:
    return [one.index for one in server.ethereum.world.validators.tracked]


def relayed_block(server: SandboxServer) -> Block:
    """A tracked validator's block of day 2 that relays delivered to another than its fee recipient."""
    world = server.ethereum.world
    blocks = (world.block(slot) for slot in world.production(20260102).produced)
    return next(b for b in blocks if b.proposer.member and b.payload and b.payload.recipient != b.fee_recipient)


def who(*identifiers: int | str) -> dict[str, Any]:
    return {"validator_identifiers": list(identifiers)}


def test_beaconcha_in_s_answers_have_the_recorded_shapes(server: SandboxServer, explorer: Ask, fixtures: Path) -> None:
    recorded = fixtures / "ethereum"
    block, one = relayed_block(server), indexes(server)[0]
    finalized = server.ethereum.clock.finalized_epoch
    for path, file, body in (
        ("block", "beaconchain_v2/get_validators/008_block_22199466.json", {"block": {"number": block.number}}),
        (
            "block/rewards",
            "beaconchain_v2/get_validators/009_block_rewards_22199466.json",
            {"block": {"number": block.number}},
        ),
        ("validators", "beaconchain_v2/validator_errors/000_validators_5235.json", {"validator": who(one)}),
        (
            "validators/rewards-list",
            "docs_examples/v2_rewards_list_validator1_epoch347566.json",
            {"validator": who(one), "epoch": finalized},
        ),
    ):
        assert keys_of(explorer(path, **body).json()) == keys_of(json.loads((recorded / file).read_text()))
    slots = explorer("validators/proposal-slots", validator=who(one), cursor="", page_size=1).json()
    pages = recorded / "beaconchain_v2/v2_cursor/000_validators_proposal-slots_450000.json"
    assert {*slots, *slots["data"][0]} == {"data", "paging", "range", *json.loads(pages.read_text())["data"][0]}


def test_the_nodes_and_relays_answers_have_the_recorded_shapes(
    server: SandboxServer, node: Ask, rpc: Ask, http: httpx.Client, fixtures: Path
) -> None:
    recorded, block = fixtures / "ethereum", relayed_block(server)

    def names(file: str, *path: str | int) -> set[str]:
        value = json.loads((recorded / file).read_text())
        for step in path:
            value = value[step]
        return set(value)

    shown = node(f"v2/beacon/blocks/{block.slot}")["message"]
    assert names("beacon_node/blocks_v2/7109344.json", "data", "message") == set(shown)
    assert names("beacon_node/blocks_v2/7109344.json", "data", "message", "body") <= set(shown["body"])
    payload = shown["body"]["execution_payload"]
    assert names("beacon_node/blocks_v2/7109344.json", "data", "message", "body", "execution_payload") <= set(payload)
    (validator,) = node("v1/beacon/states/head/validators", {"ids": [str(indexes(server)[0])]})
    file = "beacon_node/add_validator_rpc/001_eth_v1_beacon_states_head_validators.json"
    assert names(file, "data", 0) == set(validator)
    assert names(file, "data", 0, "validator") == set(validator["validator"])
    assert names("beacon_node/rewards/blocks_10760040.data.json") == set(node(f"v1/beacon/rewards/blocks/{block.slot}"))
    full = rpc("eth_getBlockByNumber", hex(block.number), True)
    receipts = rpc("eth_getBlockReceipts", hex(block.number))
    execution = "execution_rpc/helios_21925176/"
    assert names(execution + "eth_getBlockByNumber_result.json") - {"totalDifficulty"} <= set(full)
    assert names(execution + "eth_getBlockReceipts_result.json", 0) == set(receipts[-1])
    assert block.payload is not None
    rows = http.get(f"{server.relay_urls[block.payload.relays[0]]}/{DELIVERED}", params={"slot": block.slot}).json()
    assert names("relay/proposer_payload_delivered_slot_6516479.json", 0) == set(rows[0])


def test_beaconcha_in_asks_for_a_key_and_keeps_its_limits(
    server: SandboxServer, explorer: Ask, http: httpx.Client
) -> None:
    url, body = f"{server.urls['beaconchain']}/validators", {"chain": "mainnet", "validator": who(1)}
    for headers in ({}, {"authorization": "Bearer wrong"}):
        refused = http.post(url, json=body, headers=headers)
        assert (refused.status_code, list(refused.json())) == (401, ["error"])
    many = explorer("validators", validator=who(*range(21)))
    assert many.status_code == 403
    assert many.json()["error"].startswith("number of validator identifiers exceeds allowed limit of 20")
    assert many.headers["ratelimit-window"] == "second"
    assert int(many.headers["x-ratelimit-limit-second"]) > 0
    one = who(indexes(server)[0])
    assert explorer("validators", validator=one, page_size=101).status_code == 400
    assert explorer("block", block={"number": 1}).status_code == 404
    finalized = server.ethereum.clock.finalized_epoch
    asked = [explorer("validators/rewards-list", validator=one, epoch=finalized + ahead) for ahead in (0, 1)]
    assert [answer.status_code for answer in asked] == [200, 400]


def test_beaconcha_in_s_pages_join_up_by_index_and_by_key_alike(server: SandboxServer, explorer: Ask) -> None:
    validators = server.ethereum.world.validators.tracked
    seen: list[tuple[int, int | None]] = []
    cursor, pages = "", 0
    while cursor or not pages:
        page = explorer("validators/proposal-slots", validator=who(*indexes(server)), cursor=cursor, page_size=100)
        seen += [(row["slot"], row["block"]) for row in page.json()["data"]]
        cursor, pages = page.json()["paging"].get("next_cursor", ""), pages + 1
    assert pages > 3
    assert seen == sorted(set(seen), key=lambda row: -row[0])
    assert {block for _, block in seen if block is None} == {None}
    assert seen[-1][0] >= server.ethereum.world.calendar.origin_slot
    first = explorer("validators", validator=who(*[one.public_key for one in validators])).json()
    rest = explorer(
        "validators",
        validator=who(*[one.public_key for one in validators]),
        cursor=first["paging"]["next_cursor"],
    ).json()
    assert [len(first["data"]), len(rest["data"]), rest["paging"]["next_cursor"]] == [10, 3, ""]
    listed = [row["validator"]["index"] for row in (*first["data"], *rest["data"])]
    assert listed == indexes(server)


def test_beaconcha_in_s_totals_are_the_node_s_duties_and_the_block_s_reward(
    server: SandboxServer, explorer: Ask
) -> None:
    ledger, validators = server.ethereum.ledger, server.ethereum.world.validators.tracked
    income = dict.fromkeys(indexes(server), 0)
    for epoch in server.ethereum.world.calendar.epochs(20260103):
        page = explorer("validators/rewards-list", validator=who(*income), epoch=epoch, page_size=100).json()
        for row in page["data"]:
            parts = [row["attestation"]["total"], row["sync_committee"]["total"], row["proposal"]["total"]]
            assert int(row["total"]) == sum(map(int, parts)) == int(row["total_reward"]) - int(row["total_penalty"])
            execution = int(row["proposal"]["execution_layer_reward"])
            income[row["validator"]["index"]] += int(row["total"]) - execution
    truth = ledger.day(20260103, by_explorer=True)
    assert income == {one.index: truth[one.public_key].consensus_income for one in validators}


def test_a_beacon_node_refuses_what_it_does_not_serve(server: SandboxServer, http: httpx.Client) -> None:
    network, root = server.ethereum, f"{server.urls['beacon_node']}/eth/v1/"
    calendar, production = network.world.calendar, network.world.production(20260102)
    missed = next(slot for slot in production.slots if slot not in production.number_of)
    epoch = calendar.epochs(20260102)[2]

    def status(path: str, body: Any = None) -> int:
        answer = http.get(root + path) if body is None else http.post(root + path, json=body)
        if answer.status_code != 200:
            assert set(answer.json()) == {"code", "message"}
        return answer.status_code

    assert status(f"beacon/headers/{missed}") == status(f"beacon/rewards/blocks/{missed}") == 404
    assert status(f"validator/duties/proposer/{epoch}") == 200
    assert status(f"beacon/rewards/attestations/{network.clock.epoch - 1}", ["1200000"]) == 404
    assert status("beacon/states/head/validators?id=" + ",".join(map(str, range(65)))) == 414
    network.switches.duties, network.switches.rewards, network.switches.old_state_epochs = False, False, 3
    assert status(f"validator/duties/proposer/{epoch}") == 404
    assert status(f"beacon/rewards/attestations/{epoch}", ["1200000"]) == 501
    assert status(f"beacon/states/{epoch * 32}/validator_balances", ["1200000"]) == 404
    assert status("beacon/states/head/validator_balances", ["1200000"]) == 200


def test_a_seat_is_a_row_in_odd_slots_and_summed_in_even_ones(server: SandboxServer, node: Ask) -> None:
    one, produced = server.ethereum.world.validators.of_role("seats"), server.ethereum.world.production(20260102)
    for odd in (0, 1):
        slot = next(slot for slot in produced.produced if slot % 2 == odd)
        rows = node(f"v1/beacon/rewards/sync_committee/{slot}", [str(one.index), str(indexes(server)[0])])
        assert [row["validator_index"] for row in rows] == [str(one.index)] * (1 + odd)
        assert abs(sum(int(row["reward"]) for row in rows)) == 2 * 22_456


def test_relays_page_by_an_inclusive_cursor_filter_and_know_what_never_reached_the_chain(
    server: SandboxServer, http: httpx.Client
) -> None:
    def ask(relay: int, **query: Any) -> httpx.Response:
        return http.get(f"{server.relay_urls[relay]}/{DELIVERED}", params=query)

    first = ask(0).json()
    slots = [int(row["slot"]) for row in first]
    assert (len(first), slots) == (200, sorted(slots, reverse=True))
    assert ask(0, cursor=slots[-1], limit=2).json()[0] == first[-1]
    for query, message in (({"limit": 201}, "maximum limit is 200"), ({"slot": 1, "cursor": 2}, "slot and cursor")):
        refused = ask(0, **query)
        assert (refused.status_code, refused.json()["code"]) == (400, 400)
        assert message in refused.json()["message"]
    wanted = first[7]
    for name in ("block_hash", "block_number", "proposer_pubkey", "builder_pubkey"):
        assert wanted[name] in {row[name] for row in ask(0, **{name: wanted[name]}).json()}
    assert ask(1, slot=1).json() == []
    recipients = [{row["proposer_fee_recipient"] for row in ask(relay).json()} for relay in range(3)]
    assert all(one != one.lower() for one in recipients[1] if int(one, 16))
    assert all(one == one.lower() for one in recipients[2])
    delivered = [{row["block_hash"] for row in ask(relay).json()} for relay in range(3)]
    assert delivered[0] & delivered[2]
    world = server.ethereum.world
    hashes = {world.execution.hash_of(slot) for slot in slots if world.is_produced(slot)}
    assert delivered[0] - hashes


def test_the_execution_node_answers_tags_batches_and_null(server: SandboxServer, rpc: Ask, http: httpx.Client) -> None:
    latest, finalized = (rpc("eth_getBlockByNumber", tag, False) for tag in ("latest", "finalized"))
    assert rpc("eth_blockNumber") == latest["number"]
    assert int(finalized["number"], 16) < int(latest["number"], 16)
    assert rpc("eth_chainId") == "0x1"
    assert rpc("eth_getBlockReceipts", hex(int(latest["number"], 16) + 1)) is None
    assert int(rpc("eth_getBalance", latest["miner"], "latest"), 16) >= 0
    batch = [{"jsonrpc": "2.0", "id": number, "method": "eth_chainId", "params": []} for number in (1, 2)]
    assert [answer["id"] for answer in http.post(server.urls["eth_rpc"], json=batch).json()] == [1, 2]
    world = server.ethereum.world
    seen = [one for slot in world.production(20260102).produced for one in world.block(slot).transactions]
    assert {one.kind for one in seen} == {0, 1, 2, 3}
    assert any(not one.is_successful and one.tip for one in seen)


def test_solana_beach_gives_the_ledger_s_fees_newest_first_for_a_key(server: SandboxServer, http: httpx.Client) -> None:
    vote, identity = server.world.accounts.votes[0], server.world.accounts.identity(0, 844)
    url = f"{server.urls['solana_beach']}/validator/{identity}/block-rewards-history"
    headers = {"authorization": f"Bearer {url_overrides(server)['SOLANABEACH_API_KEY']}"}
    assert list(http.get(url).json()) == ["err"]
    first = http.get(url, params={"limit": 3}, headers=headers).json()
    assert [row["epoch"] for row in first["history"]] == [844, 843, 842]
    for row in first["history"]:
        truth = server.ledger.validator(row["epoch"], vote)
        assert (row["fees"], row["blocks"]) == (truth.exec_fees, truth.produced)
    later = http.get(url, params={"limit": 3, "offset": 3}, headers=headers).json()
    assert later["history"][0]["epoch"] == 841
    assert later["pagination"] == {"total": first["pagination"]["total"], "offset": 3, "limit": 3}
    assert http.get(url, params={"limit": 1001}, headers=headers).status_code == 400
    assert http.get(url.replace(identity, vote), headers=headers).status_code == 404


def test_faults_strike_the_ethereum_providers_too(server: SandboxServer, explorer: Ask, http: httpx.Client) -> None:
    chosen = who(*indexes(server))

    def page(cursor: str = "") -> httpx.Response:
        return explorer("validators/proposal-slots", validator=chosen, cursor=cursor, page_size=10)

    second = page().json()["paging"]["next_cursor"]
    server.faults.set(parse_faults("cursor_loop:route=proposal_slots"))
    assert page(second).json()["paging"]["next_cursor"] == second
    server.faults.set(parse_faults("duplicated_page:route=proposal_slots"))
    assert page(second).json()["data"] == page().json()["data"]
    server.faults.set(parse_faults("dead_key:provider=beaconchain"))
    dead = page()
    limits = {value for name, value in dead.headers.items() if name.startswith("x-ratelimit-limit-")}
    assert (dead.status_code, limits) == (429, {"0"})
    server.faults.set(parse_faults("http_429:provider=mev_relay,contains=relay_1,seconds=2;clock_skew:seconds=90000"))
    refused, fine = (http.get(f"{server.relay_urls[relay]}/{DELIVERED}") for relay in (1, 0))
    assert (refused.status_code, refused.json()["code"], fine.status_code) == (429, 429, 200)
    assert refused.headers["retry-after"].endswith("GMT")
    rewards = f"{server.urls['beacon_node']}/eth/v1/beacon/rewards"
    slot = relayed_block(server).slot
    honest = http.get(f"{rewards}/blocks/{slot}").json()["data"]["total"]
    server.faults.set(parse_faults("disagrees:provider=beacon_node,route=block_rewards"))
    assert int(http.get(f"{rewards}/blocks/{slot}").json()["data"]["total"]) == int(honest) + 1
    server.faults.set(parse_faults("reward_like_balance:provider=beacon_node,route=block_rewards"))
    assert int(http.get(f"{rewards}/blocks/{slot}").json()["data"]["total"]) > 32 * 10**9
    server.faults.set(parse_faults("redirect:provider=beacon_node;wrong_content_type:provider=mev_relay"))
    assert http.get(f"{server.urls['beacon_node']}/eth/v1/beacon/genesis").status_code == 302
    assert http.get(f"{server.relay_urls[0]}/{DELIVERED}").headers["content-type"] == "text/plain"


def test_the_registry_with_both_chains_loads_and_names_three_relays(server: SandboxServer, tmp_path: Path) -> None:
    files = write_registry(
        tmp_path, server, chains=("solana", "ethereum"), with_beach=True, shown_url="http://127.0.0.1:8899"
    )
    read_registry(*files, environment=url_overrides(server))
    chains, providers = (yaml.safe_load(path.read_text()) for path in files)
    ethereum = chains["chains"][1]
    assert (ethereum["slots_per_epoch"], ethereum["seconds_per_slot"], len(ethereum["validators"])) == (32, 150, 13)
    assert {"validator_index" in entry for entry in ethereum["validators"]} == {True, False}
    relays = next(entry for entry in providers["providers"] if entry["provider"] == "mev_relay")
    assert relays["base_urls"] == [f"http://127.0.0.1:{port}" for port in (8900, 8901, 8902)]
    assert url_overrides(server)["AURORA_MEV_RELAY_URL"].split(",") == list(server.relay_urls)
    mapped = [{"chain": "ethereum", "data_type": "FEES", "provider": "beaconchain", "role": "primary", "priority": 1}]
    write_registry(tmp_path, server, chains=("ethereum",), mappings=mapped)
    assert yaml.safe_load(files[1].read_text())["mappings"] == mapped


def test_the_admin_api_moves_the_ethereum_clock_and_tells_its_truth(server: SandboxServer, http: httpx.Client) -> None:
    admin, network = server.url + "/sandbox/ethereum", server.ethereum
    moved = http.post(admin + "/clock", json={"day": 20260106, "slot_index": 100}).json()
    assert moved == http.get(admin + "/clock").json()
    assert (network.clock.day, moved["finalized_epoch"]) == (20260106, moved["epoch"] - 2)
    assert http.post(admin + "/clock", json={"day": 20200101}).status_code == 400
    rows = http.get(admin + "/ledger/20260102").json()
    assert {row["public_key"]: row["net"] for row in rows} == {
        key: truth.net for key, truth in network.ledger.day(20260102).items()
    }
    assert len(http.get(admin + "/misdirected/20260102").json()) == len(network.ledger.misdirected(20260102)) > 2
    assert http.post(admin + "/switches", json={"duties": False}).json()["duties"] is False
    assert not network.switches.duties
    epoch, key = network.world.calendar.epochs(20260102)[0], rows[0]["public_key"]
    before = network.ledger.day(20260102)[key].net
    http.post(admin + "/amendments", json={"epoch": epoch, "public_key": key, "gwei": 1})
    assert network.ledger.day(20260102)[key].net != before
    http.delete(admin + "/amendments")
    assert network.ledger.day(20260102)[key].net == before


def test_the_same_seed_gives_the_same_ethereum_and_another_one_another(server: SandboxServer) -> None:
    with SandboxServer(seed=1) as twin, SandboxServer(seed=2) as other:
        assert twin.ethereum.ledger.day(20260102) == server.ethereum.ledger.day(20260102)
        assert not set(other.ethereum.ledger.day(20260102)) & set(server.ethereum.ledger.day(20260102))
