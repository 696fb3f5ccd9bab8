"""The daily round: whom to tell of each step whose day has come."""
