"""The rows of one grant, loaded to be changed together, and its people."""
