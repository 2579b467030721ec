"""The partners' clients: wallets, from the agreements' file and in bulk from CSV."""
