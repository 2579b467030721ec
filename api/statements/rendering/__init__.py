"""A statement as a file: to read on screen or paper (HTML, PDF), or to count with (CSV, Parquet)."""
