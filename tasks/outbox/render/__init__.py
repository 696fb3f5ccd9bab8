"""Make a letter ready to leave: its facts in words, laid out, with its calendar file, as bytes."""
