"""Open grants, and bring those that an office imports to where they had come."""
