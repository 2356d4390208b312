"""The Patient tab."""
