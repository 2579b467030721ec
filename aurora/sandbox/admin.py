"""The admin API at ``/sandbox``: the clock, the faults, amendments, counters and the truth, over HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from aurora.sandbox.errors import SandboxError
from aurora.sandbox.exchange import Answer
from aurora.sandbox.faults import Fault, parse_faults
from aurora.sandbox.solana.blocks import dump

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.routing import Route

    from aurora.sandbox.server import SandboxServer


def admin_routes(server: SandboxServer) -> list[Route]:
    """The routes, below ``/sandbox``.

    - ``GET|POST clock``: the state; ``{"epoch", "slot_index"?, "is_paying_out"?, "unpublished_trees"?}``
    - ``GET|POST|DELETE faults``: ``{"faults": "kind:key=value;…"}`` or ``{"faults": [{"kind": …}]}``
    - ``POST|DELETE amendments``: ``{"slot", "lamports"}``, ``{"epoch", "address", "lamports"}`` or
      ``{"epoch", "vote_account", "mev_revenue"?, "mev_commission_bps"?}``; DELETE reverts all
    - ``GET|DELETE requests``: the counters
    - ``GET ledger/{epoch}``: the truth about every vote account

    and, below ``/sandbox/ethereum``:

    - ``GET|POST clock``: the state; ``{"day", "slot_index"?}``
    - ``GET|POST switches``: what the beacon node serves; ``{"duties"?, "rewards"?, "old_state_epochs"?}``
    - ``POST|DELETE amendments``: ``{"slot", "extra_wei"}`` (a gas, of a block's first transaction),
      ``{"slot", "relay_value"}`` or ``{"epoch", "public_key", "gwei"}``; DELETE reverts all
    - ``GET ledger/{day}``, ``GET misdirected/{day}``: the truth about every tracked validator
    """
    from starlette.routing import Route

    def clock(_: dict[str, Any]) -> Any:
        return server.clock.as_json()

    def move(body: dict[str, Any]) -> Any:
        epoch = body.pop("epoch", server.clock.epoch)
        server.clock.move_to(epoch, **body)
        return server.clock.as_json()

    def faults(_: dict[str, Any]) -> Any:
        return [asdict(fault) for fault in server.faults.in_force]

    def set_faults(body: dict[str, Any]) -> Any:
        asked = body["faults"]
        server.faults.set(parse_faults(asked) if isinstance(asked, str) else [Fault(**fault) for fault in asked])
        return faults(body)

    def clear_faults(body: dict[str, Any]) -> Any:
        server.faults.clear()
        return faults(body)

    def amend(body: dict[str, Any]) -> Any:
        if "slot" in body:
            server.amendments.set_fee(**body)
        elif "vote_account" in body:
            server.amendments.set_tips(**body)
        else:
            server.amendments.set_reward(**body)
        return {"amended": True}

    def revert(_: dict[str, Any]) -> Any:
        server.amendments.revert()
        return {"amended": False}

    def requests(_: dict[str, Any]) -> Any:
        return server.log.counters()

    def forget(_: dict[str, Any]) -> Any:
        server.log.clear()
        return server.log.counters()

    def ledger(body: dict[str, Any]) -> Any:
        return [asdict(truth) for truth in server.ledger.epoch(int(body["epoch"])).values()]

    ethereum = server.ethereum

    def ethereum_clock(_: dict[str, Any]) -> Any:
        return ethereum.clock.as_json()

    def move_ethereum(body: dict[str, Any]) -> Any:
        day = body.pop("day", ethereum.clock.day)
        ethereum.clock.move_to(day, **body)
        return ethereum.clock.as_json()

    def switches(_: dict[str, Any]) -> Any:
        return asdict(ethereum.switches)

    def set_switches(body: dict[str, Any]) -> Any:
        unknown = set(body) - set(asdict(ethereum.switches))
        if unknown:
            raise SandboxError(f"sandbox switches {', '.join(sorted(unknown))} are unknown")
        for name, value in body.items():
            setattr(ethereum.switches, name, value)
        return asdict(ethereum.switches)

    def amend_ethereum(body: dict[str, Any]) -> Any:
        if "extra_wei" in body:
            ethereum.amendments.set_gas_price(**body)
        elif "relay_value" in body:
            ethereum.amendments.set_relay_value(body["slot"], body["relay_value"])
        else:
            ethereum.amendments.set_reward(**body)
        return {"amended": True}

    def revert_ethereum(_: dict[str, Any]) -> Any:
        ethereum.amendments.revert()
        return {"amended": False}

    def ethereum_ledger(body: dict[str, Any]) -> Any:
        return [asdict(truth) for truth in ethereum.ledger.day(int(body["day"])).values()]

    def misdirected(body: dict[str, Any]) -> Any:
        return [payment._asdict() for payment in ethereum.ledger.misdirected(int(body["day"]))]

    table: tuple[tuple[str, str, Callable[[dict[str, Any]], Any]], ...] = (
        ("/sandbox/clock", "GET", clock),
        ("/sandbox/clock", "POST", move),
        ("/sandbox/faults", "GET", faults),
        ("/sandbox/faults", "POST", set_faults),
        ("/sandbox/faults", "DELETE", clear_faults),
        ("/sandbox/amendments", "POST", amend),
        ("/sandbox/amendments", "DELETE", revert),
        ("/sandbox/requests", "GET", requests),
        ("/sandbox/requests", "DELETE", forget),
        ("/sandbox/ledger/{epoch:int}", "GET", ledger),
        ("/sandbox/ethereum/clock", "GET", ethereum_clock),
        ("/sandbox/ethereum/clock", "POST", move_ethereum),
        ("/sandbox/ethereum/switches", "GET", switches),
        ("/sandbox/ethereum/switches", "POST", set_switches),
        ("/sandbox/ethereum/amendments", "POST", amend_ethereum),
        ("/sandbox/ethereum/amendments", "DELETE", revert_ethereum),
        ("/sandbox/ethereum/ledger/{day:int}", "GET", ethereum_ledger),
        ("/sandbox/ethereum/misdirected/{day:int}", "GET", misdirected),
    )
    return [Route(path, _endpoint(act), methods=[method]) for path, method, act in table]


def _endpoint(act: Callable[[dict[str, Any]], Any]) -> Callable[[Request], Any]:
    async def endpoint(request: Request) -> Answer:
        sent = await request.body()
        try:
            body = {**(json.loads(sent) if sent else {}), **request.path_params}
            return Answer(body=dump(act(body)))
        except (SandboxError, KeyError, TypeError, ValueError) as error:
            return Answer(status=400, body=dump({"error": f"{type(error).__name__}: {error}"}))

    return endpoint
