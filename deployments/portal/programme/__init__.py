"""The page on which an officer writes a programme from a letter, a row a sentence."""
