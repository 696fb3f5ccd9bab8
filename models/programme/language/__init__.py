"""The language of programme files: its grammar, its sentences, and the rules they mean."""
