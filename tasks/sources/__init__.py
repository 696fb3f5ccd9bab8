"""Where figures come from: files, databases, web services, earlier answers."""
