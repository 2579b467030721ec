from __future__ import annotations

from typing import Any

import pytest

from tests.api.problem import problem
from tests.api.world import PUBLIC_KEY, QUIET_VOTE, VOTE, Served, execute

PATH = "/v1/chains/solana/validators"


def test_anonymous_is_refused(api: Served) -> None:
    problem(api.get(PATH, key=""), 401, "unauthenticated")


def test_a_partner_is_refused(api: Served) -> None:
    problem(api.get(PATH, key=api.partner), 403, "forbidden")


def test_the_validators_of_one_chain_alone_are_listed(api: Served) -> None:
    found = api.get(PATH).json()
    assert [item["validator_key"] for item in found["items"]] == [VOTE, QUIET_VOTE]
    assert found["items"][0] == {
        "validator_key": VOTE,
        "label": "Example validator 1",
        "vote_pubkey": VOTE,
        "node_pubkey": "Node1",
        "validator_index": None,
        "first_seen_period": 840,
        "last_seen_period": 844,
    }
    [ethereum] = api.get("/v1/chains/ethereum/validators").json()["items"]
    assert (ethereum["validator_key"], ethereum["validator_index"]) == (PUBLIC_KEY, 1187604)


def test_pages_give_every_validator_once_in_byte_order(own_api: Served) -> None:
    keys = [f"{letter}{number}" for letter in "aZ-é" for number in range(5)]
    for key in keys:
        execute(own_api.url, "insert into api_v1.validators (chain_id, validator_key) values ('solana', %s)", key)
    seen: list[str] = []
    parameters: dict[str, Any] = {"limit": 3}
    while True:
        page = own_api.get(PATH, params=parameters).json()
        assert len(page["items"]) <= 3
        seen += [item["validator_key"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        parameters["cursor"] = page["next_cursor"]
    assert seen == sorted([*keys, VOTE, QUIET_VOTE], key=str.encode)


@pytest.mark.parametrize("chain", ["bitcoin", "SOLANA", "solana%00", "'%20or%20true--", "%ff", "x" * 3000])
def test_an_unknown_chain_is_not_found(api: Served, chain: str) -> None:
    assert problem(api.get(f"/v1/chains/{chain}/validators"), 404, "unknown-chain")


@pytest.mark.parametrize("limit", ["0", "-1", "1001", "1e3", "many", ""])
def test_a_limit_out_of_bounds_is_named(api: Served, limit: str) -> None:
    found = problem(api.get(PATH, params={"limit": limit}), 422, "invalid-parameter")
    assert [error["parameter"] for error in found["errors"]] == ["query.limit"]


@pytest.mark.parametrize("cursor", ["%", "A", "====", "QQ==", "4pyT4", "AA", "_w"])
def test_a_malformed_cursor_is_refused(api: Served, cursor: str) -> None:
    problem(api.get(PATH, params={"cursor": cursor}), 400, "malformed-cursor")


def test_a_misspelt_parameter_is_refused_and_not_ignored(api: Served) -> None:
    found = problem(api.get(PATH, params={"limt": "1"}), 422, "invalid-parameter")
    assert [error["parameter"] for error in found["errors"]] == ["query.limt"]
