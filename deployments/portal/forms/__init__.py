"""Forms of acts: opened on a row, filled in, looked at, done once."""
