"""Say things in a language: the translator, the templates, and dates, sums and names as people write them."""
