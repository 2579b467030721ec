from __future__ import annotations

from tests.api.problem import problem
from tests.api.world import Served


def test_anonymous_is_refused(api: Served) -> None:
    problem(api.get("/v1/chains", key=""), 401, "unauthenticated")


def test_operator_and_partner_read_the_chains_and_their_units(api: Served) -> None:
    answers = [api.get("/v1/chains", key=key) for key in (api.operator, api.partner)]
    assert [answer.json() for answer in answers] == 2 * [
        {
            "items": [
                {
                    "chain_id": "ethereum",
                    "native_unit": "ETH",
                    "base_unit": "wei",
                    "native_decimals": 18,
                    "period_type": "DAY",
                    "chain_name": "Ethereum",
                },
                {
                    "chain_id": "solana",
                    "native_unit": "SOL",
                    "base_unit": "lamport",
                    "native_decimals": 9,
                    "period_type": "EPOCH",
                    "chain_name": "Solana",
                },
            ]
        }
    ]
