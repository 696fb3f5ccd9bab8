"""Guard the rows within the database: what no SQL can do, and whether those guards are there."""
