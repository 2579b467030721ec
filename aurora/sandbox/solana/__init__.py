"""The simulated Solana cluster: its facts, the APIs that show them, and the truth about them."""
