"""Documents: Word, PDF, and the bundle for the registry."""
