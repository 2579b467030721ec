"""Books whose validators, accounts and wallets bear names that a file of agreements may hold."""

from __future__ import annotations

from copy import deepcopy
from hashlib import sha256

from aurora.sandbox.ethereum.checksum import checksummed
from aurora.sandbox.keys import base58
from tests.commissions.books import Books


def with_addresses(books: Books) -> Books:
    """The same books with every name in its chain's form, the same one for the same name."""
    found = deepcopy(books)
    for cell in found.cells:
        cell.validator = validator_key(cell.chain, cell.validator)
    for staker in found.stakers:
        staker.validator = validator_key(staker.chain, staker.validator)
        staker.staker = address(staker.chain, staker.staker)
        staker.withdrawer = address(staker.chain, staker.withdrawer)
    for wallet in found.wallets:
        wallet.address = address(wallet.chain, wallet.address)
    for agreement in found.agreements:
        for version in agreement.versions:
            for rule in version.rules:
                if rule.validator is not None:
                    rule.validator = validator_key(rule.chain or "solana", rule.validator)
    agreements = {agreement.agreement_id: agreement for agreement in found.agreements}
    for override in found.overrides:
        override.agreement = agreements[override.agreement.agreement_id]
        named = validator_key(override.chain, override.validator)
        override.rule_key = override.rule_key.replace(f"/{override.validator}/", f"/{named}/")
        override.validator = named
    return found


def validator_key(chain: str, name: str) -> str:
    """A vote account on Solana, a public key on Ethereum."""
    digest = sha256(name.encode())
    return f"0x{digest.hexdigest()}{digest.hexdigest()[:32]}" if chain == "ethereum" else base58(digest.digest())


def address(chain: str, name: str) -> str:
    """A stake account or a withdraw authority on Solana, a withdrawal address on Ethereum."""
    digest = sha256(name.encode())
    return checksummed(f"0x{digest.hexdigest()[:40]}") if chain == "ethereum" else base58(digest.digest())
