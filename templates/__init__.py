"""Words of letters, pages and documents; no Python and no decisions."""
