"""An office that lives through its grants by chance: who works in it, what they do, and what must be true."""
