"""Deterministic numbers and public keys: everything in a sandbox world follows from one seed by hashing."""

from __future__ import annotations

from hashlib import blake2b

_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_VALUES = {letter: value for value, letter in enumerate(_ALPHABET)}
_PAIRS = tuple(high + low for high in _ALPHABET for low in _ALPHABET)


def base58(raw: bytes) -> str:
    """Bytes as Bitcoin-alphabet base58, two digits a division: an epoch has millions of keys."""
    number = int.from_bytes(raw, "big")
    pairs = []
    while number:
        number, rest = divmod(number, 3364)
        pairs.append(_PAIRS[rest])
    pairs.reverse()
    return "1" * (len(raw) - len(raw.lstrip(b"\0"))) + "".join(pairs).lstrip("1")


def unbase58(text: str) -> bytes:
    """The 32 bytes of a public key.

    Raises:
        ValueError: a character outside the alphabet, or not 32 bytes.
    """
    number = 0
    for letter in text:
        value = _VALUES.get(letter)
        if value is None:
            raise ValueError(f"{letter!r} is not a base58 digit")
        number = number * 58 + value
    zeros = len(text) - len(text.lstrip("1"))
    raw = b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8, "big")
    if len(raw) != 32:
        raise ValueError(f"{len(raw)} bytes are not a public key")
    return raw


class Hasher:
    """Numbers and keys of one seed. The same label and operands always give the same answer."""

    def __init__(self, seed: int) -> None:
        self._key = blake2b(str(seed).encode(), digest_size=32).digest()

    def number(self, label: bytes, first: int = 0, second: int = 0) -> int:
        """A number of 64 bits."""
        data = label + first.to_bytes(8, "big") + second.to_bytes(8, "big")
        return int.from_bytes(blake2b(data, digest_size=8, key=self._key).digest(), "big")

    def key(self, label: bytes, first: int = 0, second: int = 0) -> str:
        """A public key, or a block hash: 32 bytes in base58."""
        return base58(self._digest(label, first, second, size=32))

    def numbered_key(self, label: bytes, number: int) -> str:
        """A public key from which :meth:`number_of` reads ``number`` back, so that no table of keys is held."""
        head = self._digest(label, number, size=24)
        return base58(head + (number ^ self._mask(head)).to_bytes(8, "big"))

    def number_of(self, label: bytes, key: str) -> int | None:
        """The number of a key made by :meth:`numbered_key`; None for any other key.

        Raises:
            ValueError: ``key`` is not a public key.
        """
        raw = unbase58(key)
        head, tail = raw[:24], int.from_bytes(raw[24:], "big")
        number = tail ^ self._mask(head)
        return number if self._digest(label, number, size=24) == head else None

    def hex(self, label: bytes, first: int = 0, second: int = 0, *, size: int = 32) -> str:
        """``size`` bytes as 0x-prefixed lower-case hex: a root, a hash, an address, a BLS key; at most 64 at once."""
        raw = self._digest(label, first, second, size=min(size, 64))
        return "0x" + (raw * -(-size // len(raw)))[:size].hex()

    def _digest(self, label: bytes, first: int = 0, second: int = 0, *, size: int) -> bytes:
        data = label + first.to_bytes(8, "big") + second.to_bytes(8, "big")
        return blake2b(data, digest_size=size, key=self._key).digest()

    def _mask(self, head: bytes) -> int:
        return int.from_bytes(blake2b(head, digest_size=8, key=self._key).digest(), "big")
