"""The programs of the local platform and their settings."""
