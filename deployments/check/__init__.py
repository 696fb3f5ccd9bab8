"""What `grants check` looks at beside the file: sample awards, and what its author should have meant."""
