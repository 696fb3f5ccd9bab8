"""Random lives of grants, and what must be true of them."""
