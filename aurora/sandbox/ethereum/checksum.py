"""Addresses with the mixed case that carries a checksum (EIP-55), by Keccak-256 as Ethereum uses it."""

from __future__ import annotations

from functools import lru_cache

_MASK = (1 << 64) - 1
_RATE_BYTES = 136


def _round_constants() -> tuple[int, ...]:
    constants, register = [], 1
    for _ in range(24):
        constant = 0
        for power in range(7):
            if register & 1:
                constant |= 1 << ((1 << power) - 1)
            register = (register << 1) ^ (0x171 if register & 0x80 else 0)
        constants.append(constant)
    return tuple(constants)


_CONSTANTS = _round_constants()


def _rotated(lane: int, by: int) -> int:
    by %= 64
    return ((lane << by) | (lane >> (64 - by))) & _MASK if by else lane


def _permuted(lanes: list[list[int]]) -> list[list[int]]:
    for constant in _CONSTANTS:
        parity = [lanes[x][0] ^ lanes[x][1] ^ lanes[x][2] ^ lanes[x][3] ^ lanes[x][4] for x in range(5)]
        mixed = [parity[(x + 4) % 5] ^ _rotated(parity[(x + 1) % 5], 1) for x in range(5)]
        lanes = [[lane ^ mixed[x] for lane in lanes[x]] for x in range(5)]
        x, y, current = 1, 0, lanes[1][0]
        for step in range(24):
            x, y = y, (2 * x + 3 * y) % 5
            current, lanes[x][y] = lanes[x][y], _rotated(current, (step + 1) * (step + 2) // 2)
        for y in range(5):
            row = [lanes[x][y] for x in range(5)]
            for x in range(5):
                lanes[x][y] = row[x] ^ (~row[(x + 1) % 5] & _MASK & row[(x + 2) % 5])
        lanes[0][0] ^= constant
    return lanes


def keccak256(data: bytes) -> bytes:
    """The hash of at most 135 bytes."""
    if len(data) >= _RATE_BYTES:
        raise ValueError(f"{len(data)} bytes are more than one block of Keccak-256")
    padded = bytearray(data + b"\x01" + bytes(_RATE_BYTES - len(data) - 1))
    padded[-1] |= 0x80
    lanes = [[0] * 5 for _ in range(5)]
    for place in range(_RATE_BYTES // 8):
        lanes[place % 5][place // 5] = int.from_bytes(padded[place * 8 : place * 8 + 8], "little")
    lanes = _permuted(lanes)
    return b"".join(lanes[x][0].to_bytes(8, "little") for x in range(4))


@lru_cache(maxsize=20_000)
def checksummed(address: str) -> str:
    """A lower-case 0x address in mixed case."""
    digits = address.removeprefix("0x").lower()
    marks = keccak256(digits.encode()).hex()
    return "0x" + "".join(
        digit.upper() if int(mark, 16) >= 8 else digit for digit, mark in zip(digits, marks, strict=False)
    )
