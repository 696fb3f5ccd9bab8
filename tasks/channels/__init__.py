"""Ways for letters to leave: each a channel behind one protocol, named in one registry."""
