"""Pictures of every kind of document, of the reference case and of two awkward grants, to be looked at."""
