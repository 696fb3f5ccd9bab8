"""Load what letters say, for many of them at once; pages that show a letter's step read it here, too."""
