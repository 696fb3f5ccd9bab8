"""Word what people read of grants: letters, explanations, where each stands."""
