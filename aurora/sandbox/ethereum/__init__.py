"""The simulated Ethereum chain: its facts, the APIs that show them, and the truth about them."""
