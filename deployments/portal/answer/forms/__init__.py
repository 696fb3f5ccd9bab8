"""The forms by which a step is answered, one for each command: what it asks, what must fit, what it does."""
