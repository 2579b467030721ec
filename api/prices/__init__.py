"""What a native unit was worth, as the operator's source of prices has it."""
