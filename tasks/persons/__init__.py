"""Reach persons: notices and letters in the outbox, links, logins, absences, what each holds and sees."""
