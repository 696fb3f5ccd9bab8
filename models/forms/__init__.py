"""Forms: fields, what was typed in them, and one reader for each kind of value."""
