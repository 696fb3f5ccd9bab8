"""What every page stands on: headers, guards, rendering."""
