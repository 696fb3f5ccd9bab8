"""The mailbox of captured and sent letters."""
