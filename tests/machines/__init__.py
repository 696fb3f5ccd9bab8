"""Several machines as processes of this one: outside the quick run, by `make test-machines`."""
