"""What every HTTP service shares: problem details, request ids, keys."""
