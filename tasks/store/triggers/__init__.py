"""The database triggers that guard rows."""
