"""Files that people write, YAML and CSV: read strictly, everything wrong in them told at once, each with its line."""
