"""The tables: what Grantline remembers."""
