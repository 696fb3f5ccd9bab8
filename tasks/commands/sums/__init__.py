"""The sums of a grant: instalments, spending, what is left, to whom it goes."""
