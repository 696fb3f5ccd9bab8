"""What `grants export` lays out for a spreadsheet or a calendar."""
