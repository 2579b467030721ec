"""Aurora as one asset graph: what the loaders land, what dbt makes of it, and the checks in between."""
