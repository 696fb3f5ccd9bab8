"""Read and write programme files: strict YAML, base programmes, their schema and their page."""
