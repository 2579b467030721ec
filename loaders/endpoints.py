"""The catalogue: every API's endpoints, so that tables, runs and assets are made from one list.

A table ``staging_<api>.<endpoint>`` exists for each; what an endpoint asks and when lies in the API's own module.
"""

from __future__ import annotations

from dataclasses import dataclass

REJECTED = "_rejected"
REGISTRY_API = "registry"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One endpoint of an API.

    ``is_optional``: many servers refuse it, and another source stands in; its failure is kept on its run and does
    not fail the load. ``is_present_view``: it speaks of now, and is landed for the running period with every load.
    """

    api: str
    name: str
    data_type: str
    is_optional: bool = False
    is_present_view: bool = False

    @property
    def schema(self) -> str:
        """The landing schema: the API's, whatever the provider's name (REGISTRY.md)."""
        return f"staging_{self.api}"

    @property
    def table(self) -> str:
        """The landing table, schema-qualified."""
        return f"{self.schema}.{self.name}"


PERIODS = "PERIODS"
FEES = "FEES"
MEV = "MEV"
REWARDS = "REWARDS"
META = "META"
REGISTRY = "REGISTRY"

ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint("solana_rpc", "get_epoch_info", PERIODS, is_present_view=True),
    Endpoint("solana_rpc", "get_epoch_schedule", PERIODS, is_present_view=True),
    Endpoint("solana_rpc", "get_blocks_with_limit", PERIODS),
    Endpoint("solana_rpc", "get_leader_schedule", FEES),
    Endpoint("solana_rpc", "get_blocks", FEES),
    Endpoint("solana_rpc", "get_block", FEES),
    Endpoint("solana_rpc", "get_inflation_reward", REWARDS),
    Endpoint("solana_rpc", "get_vote_accounts", META, is_present_view=True),
    Endpoint("solana_rpc", "get_program_accounts", REWARDS, is_optional=True, is_present_view=True),
    Endpoint("jito", "validator_rewards", MEV),
    Endpoint("jito", "staker_rewards", MEV),
    Endpoint("jito", "validators", MEV),
    Endpoint("stakewiz", "validators", META, is_present_view=True),
    Endpoint("solana_beach", "block_rewards_history", FEES),
    Endpoint("beaconchain", "validators", META, is_present_view=True),
    Endpoint("beaconchain", "proposal_slots", FEES),
    Endpoint("beaconchain", "block", FEES),
    Endpoint("beaconchain", "block_rewards", FEES),
    Endpoint("beaconchain", "rewards_list", REWARDS),
    Endpoint("beacon_node", "finality_checkpoints", PERIODS, is_present_view=True),
    Endpoint("beacon_node", "headers", FEES),
    Endpoint("beacon_node", "proposer_duties", FEES, is_optional=True),
    Endpoint("beacon_node", "blocks", FEES),
    Endpoint("beacon_node", "validators", META, is_present_view=True),
    Endpoint("beacon_node", "day_validators", META, is_optional=True),
    Endpoint("beacon_node", "attestation_rewards", REWARDS),
    Endpoint("beacon_node", "block_rewards", REWARDS),
    Endpoint("beacon_node", "sync_committee_rewards", REWARDS),
    Endpoint("beacon_node", "validator_balances", REWARDS, is_optional=True),
    Endpoint("beacon_node", "day_blocks", REWARDS, is_optional=True),
    Endpoint("eth_rpc", "get_block_by_number", FEES),
    Endpoint("eth_rpc", "get_block_receipts", FEES),
    Endpoint("mev_relay", "proposer_payload_delivered", MEV),
    Endpoint(REGISTRY_API, "chains", REGISTRY),
    Endpoint(REGISTRY_API, "mappings", REGISTRY),
    Endpoint(REGISTRY_API, "providers", REGISTRY),
)

APIS: tuple[str, ...] = tuple(dict.fromkeys(endpoint.api for endpoint in ENDPOINTS))

_BY_NAME = {(endpoint.api, endpoint.name): endpoint for endpoint in ENDPOINTS}


def endpoint_of(api: str, name: str) -> Endpoint:
    """The catalogue's entry.

    Raises:
        KeyError: the catalogue does not hold it: a mistake in the code, not in a file.
    """
    return _BY_NAME[(api, name)]
