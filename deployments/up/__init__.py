"""`grants up`, and what stands on the same: Prefect's server and its deployments, letters that leave as they come."""
