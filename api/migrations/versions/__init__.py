"""The revisions of the ``app`` schema, in order; one that was released is never edited."""
