"""What validators cost, or earned besides, as the operator's books have it."""
