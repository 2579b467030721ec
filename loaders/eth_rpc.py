"""Ethereum's execution JSON-RPC: blocks with their transactions, and receipts (PROVIDERS-ETHEREUM.md, 4)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from aurora.periods import PeriodRange
from loaders import shapes_ethereum as shapes
from loaders.ethereum_days import BeaconDays, BeaconHead
from loaders.json_rpc import RpcAnswer, RpcCall
from loaders.session import ProviderSession


class _Shape(Protocol):
    def __call__(self, result: object, *, number: int) -> None: ...


class EthRpc:
    """One provider that speaks Ethereum's execution JSON-RPC, within one load."""

    def __init__(self, session: ProviderSession, days: BeaconDays, periods: PeriodRange) -> None:
        self._session = session
        self._days = days
        self._periods = periods

    async def head(self) -> BeaconHead | None:
        """The finalized epoch by its block's time, landed for the running day; None where the node does not say."""
        call = RpcCall("eth_getBlockByNumber", ["finalized", False])
        with self._session.run("get_block_by_number", PeriodRange(0, 0)) as run:
            outcomes = [outcome async for outcome in self._session.outcomes([call], accept=shapes.execution_block)]
            [outcome] = outcomes
            if not isinstance(outcome, RpcAnswer) or not isinstance(outcome.result, dict):
                if not isinstance(outcome, RpcAnswer):
                    self._session.reject_rpc(run, self._session.rpc_question(run, call, period_id=0), outcome)
                return None
            finalized = self._days.epoch_at(int(outcome.result["timestamp"], 16))
            running_day = self._days.day_of_epoch(finalized + 2)
            run.period_from = run.period_to = running_day
            self._session.land_rpc(run, outcome, period_id=running_day, present_period=running_day)
        return BeaconHead(finalized + 2, finalized)

    async def blocks(self, numbers: Sequence[int], day: int) -> bool:
        """Each block with its transactions, and all of its receipts; whether all of them were answered."""
        are_there = await self.transactions(numbers, day)
        return await self._ask("get_block_receipts", shapes.receipts, numbers, day) and are_there

    async def transactions(self, numbers: Sequence[int], day: int) -> bool:
        """Each block with its transactions; whether all of them were answered."""
        return await self._ask("get_block_by_number", shapes.execution_block, numbers, day)

    async def _ask(self, endpoint: str, shape: _Shape, numbers: Sequence[int], day: int) -> bool:
        failures = 0
        calls = {call.id: (call, number) for number in numbers for call in [_call(endpoint, number)]}

        def accept(call: RpcCall, result: object) -> None:
            shape(result, number=calls[call.id][1])

        with self._session.run(endpoint, self._periods) as run:
            stream = self._session.call_many(
                run,
                [call for call, _ in calls.values()],
                accept=lambda _result: None,
                accept_call=accept,
                about=lambda _call: (day, None),
            )
            async for outcome in stream:
                failures += not isinstance(outcome, RpcAnswer)
        return failures == 0


def _call(endpoint: str, number: int) -> RpcCall:
    if endpoint == "get_block_receipts":
        return RpcCall("eth_getBlockReceipts", [hex(number)])
    return RpcCall("eth_getBlockByNumber", [hex(number), True])
