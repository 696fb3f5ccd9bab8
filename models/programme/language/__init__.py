"""The sentences of programme files: read, printed back, and the rules that they are."""
