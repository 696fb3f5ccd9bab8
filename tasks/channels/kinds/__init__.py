"""Ways for letters to leave, a file each, named as GRANTS_CHANNEL names them."""
