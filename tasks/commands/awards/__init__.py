"""A funder's decisions in a change to the grant: checked, recorded, corrected."""
