"""The portal: what the grants' state is, the letters kept here, and the page behind a letter's button."""
