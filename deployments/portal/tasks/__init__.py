"""What a person has to do, read for a page."""
