"""One record of a grant: what belongs to it, read for a batch of grants."""
