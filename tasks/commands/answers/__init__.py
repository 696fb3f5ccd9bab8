"""What an answer does to its step and to others: settle, return, withdraw, undo."""
