"""Scripts that make targets run."""
