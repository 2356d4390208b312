"""Logs and metrics, defined in one place."""
