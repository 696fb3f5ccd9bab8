"""Read the rows for the independent auditor, with SQL of its own."""
