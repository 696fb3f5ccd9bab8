"""The portal: where grants stand, the mailbox of captured letters, and the pages on which people act."""
