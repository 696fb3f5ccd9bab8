"""Make documents: Word, PDF, charts, the bundle for the registry."""
