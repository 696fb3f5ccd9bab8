"""The strict shape of a programme file as people write it; `models.programme.expand` makes its plan."""
