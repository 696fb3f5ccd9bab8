"""Open the database, keep the journal, and load what many grants share."""
