"""Guard the rows within the database: what no SQL can do, whoever writes it, and whether those guards are there."""
