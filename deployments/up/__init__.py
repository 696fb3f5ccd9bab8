"""What `grants up` holds in one process: Prefect's server and runner, the portal's workers and delivery."""
