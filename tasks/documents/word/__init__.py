"""The Word templates that officers edit."""
