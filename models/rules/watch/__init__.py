"""What the independent auditor finds."""
