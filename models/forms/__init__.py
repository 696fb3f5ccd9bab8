"""What a person is asked when they act: fields, bound to what was typed, with one reader a kind."""
