"""Change grants: answers, decisions, dates, meetings, money, and what each change moves."""
