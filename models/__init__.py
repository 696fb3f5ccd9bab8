"""What Grantline knows: tables, the strict shape of a programme file, and the rules over them."""
