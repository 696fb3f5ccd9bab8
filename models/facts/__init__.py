"""What letters, pages and papers are given: values, no sentences."""
