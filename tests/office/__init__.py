"""An office's trial: an administrator follows the README on a machine of its own, and Prefect runs the day."""
