"""What `grants up` keeps alive: Prefect's server and worker, the portal, and letters that are due."""
