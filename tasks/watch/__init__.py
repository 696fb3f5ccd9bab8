"""The independent auditor and its alarms."""
