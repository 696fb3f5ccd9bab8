"""What commands share: what they work with, and how they print."""
