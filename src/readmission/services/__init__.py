"""Online: one folder per process."""
