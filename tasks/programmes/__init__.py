"""Read and write programme files: strict YAML, inheritance, their schema and their page."""
