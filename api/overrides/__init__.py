"""What a commission line is, whatever is computed: set with a reason, confirmed, cleared."""
