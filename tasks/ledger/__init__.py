"""Read ledgers, and keep the entries of the office's grants."""
