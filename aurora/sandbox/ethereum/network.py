"""The simulated Ethereum chain behind one door: its clock, its providers, its amendments and its truth."""

from __future__ import annotations

from aurora.sandbox.ethereum.amendments import EthereumAmendments
from aurora.sandbox.ethereum.beacon_node import BeaconNode, Switches
from aurora.sandbox.ethereum.beaconchain import Beaconchain
from aurora.sandbox.ethereum.clock import EthereumClock
from aurora.sandbox.ethereum.eth_rpc import EthRpc
from aurora.sandbox.ethereum.ledger import EthereumLedger
from aurora.sandbox.ethereum.mev_relay import MevRelays
from aurora.sandbox.ethereum.scale import EthereumScale
from aurora.sandbox.ethereum.view import EthereumView
from aurora.sandbox.ethereum.world import EthereumWorld


class EthereumNetwork:
    """One chain of a sandbox.

    Attributes:
        switches: what its beacon node refuses to serve.
    """

    def __init__(self, scale: EthereumScale, *, seed: int) -> None:
        self.scale = scale
        self.world = EthereumWorld(scale, seed=seed)
        self.clock = EthereumClock(self.world.calendar)
        self.view = EthereumView(self.world, self.clock)
        self.ledger = EthereumLedger(self.view)
        self.switches = Switches()
        self.rpc = EthRpc(self.view)
        self.beaconchain = Beaconchain(self.view)
        self.beacon_node = BeaconNode(self.view, self.switches)
        self.relays = MevRelays(self.view)

    @property
    def amendments(self) -> EthereumAmendments:
        """The changed past: what is served and the ledger follow it at once."""
        return self.world.amendments

    def reset(self) -> None:
        """Go back to the first state: clock, switches, amendments."""
        self.clock.reset()
        self.switches.reset()
        self.amendments.revert()
