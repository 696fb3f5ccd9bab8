"""The grant that a command works on."""
