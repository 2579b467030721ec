"""From the providers to the landing tables."""
