"""Aurora: from raw provider JSON to validator P&L and partner commissions, exact to the lamport and wei."""

__version__ = "0.1.0"
