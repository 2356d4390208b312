"""The Operations tab."""
