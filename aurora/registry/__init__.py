"""The registry: chains, validators, providers and who serves what, read strictly from two YAML files.

``load_registry()`` is the way in. Neither file holds a secret: keys come from the environment
(``Registry.credential``).
"""

from aurora.registry.chains import (
    Chain,
    DayChain,
    EpochChain,
    EthereumValidator,
    Ownership,
    OwnershipRange,
    Parameter,
    SolanaValidator,
)
from aurora.registry.credential import Credential
from aurora.registry.endpoint import url_variable
from aurora.registry.loading import load_registry, read_registry
from aurora.registry.providers import Api, Auth, DataType, Mapping, Provider, RateLimit, Retry, Role, Tolerance
from aurora.registry.registry import Registry

__all__ = [
    "Api",
    "Auth",
    "Chain",
    "Credential",
    "DataType",
    "DayChain",
    "EpochChain",
    "EthereumValidator",
    "Mapping",
    "Ownership",
    "OwnershipRange",
    "Parameter",
    "Provider",
    "RateLimit",
    "Registry",
    "Retry",
    "Role",
    "SolanaValidator",
    "Tolerance",
    "load_registry",
    "read_registry",
    "url_variable",
]
