"""Files that hang on a step: handed in, drafted, approved, sent."""
