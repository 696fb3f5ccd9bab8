"""The facts of documents, gathered and worded."""
