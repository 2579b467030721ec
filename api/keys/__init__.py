"""API keys: issued once, stored as a SHA-256, revoked for good; and who a request's key says is asking."""
