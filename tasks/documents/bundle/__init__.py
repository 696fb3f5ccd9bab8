"""All of a grant in one zip for the registry."""
