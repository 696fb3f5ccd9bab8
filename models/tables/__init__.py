"""The tables: what Grantline remembers. What the database refuses by itself, and its indexes, the migrations say."""
