"""The API of operators and partners: a thin, read-only translation of the ``api_v1`` views to HTTP.

One package a resource, with the same few files in each; what several share is in ``api.kit``; the ``app`` schema and
its migrations belong here.
"""
