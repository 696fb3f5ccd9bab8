"""The pages of a grant's documents."""
