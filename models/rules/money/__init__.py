"""Rules about money: when it may be released, claimed and paid, and what a correction may change of it."""
