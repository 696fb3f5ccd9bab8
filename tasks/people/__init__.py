"""Whom to reach: links, sign-in, absences, what each holds and sees."""
