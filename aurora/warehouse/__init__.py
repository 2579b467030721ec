"""The warehouse connection: an external PostgreSQL named by ``DATABASE_URL``, else the embedded one.

Importing this package is cheap: drivers and process libraries are imported where they are used.
"""
