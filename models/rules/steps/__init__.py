"""Which steps there are, what each needs, what comes next."""
