"""The first page: the portfolio."""
