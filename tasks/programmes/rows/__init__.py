"""A programme as rows of texts, as its page has it: made of a file, and made into one."""
