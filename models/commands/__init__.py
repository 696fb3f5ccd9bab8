"""What people do, one frozen dataclass each; `tasks.perform` does it."""
