"""Whether an answer is accepted, and what its figures are held against."""
