"""Touch the outside: one thing a file (database, mail server, sources of data, documents, Prefect)."""
