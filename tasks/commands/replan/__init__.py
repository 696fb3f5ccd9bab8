"""Planning a grant again after a change: steps, dates and notices; and a preview of it."""
