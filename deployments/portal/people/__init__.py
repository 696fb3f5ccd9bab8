"""What people hold, and their calendars."""
