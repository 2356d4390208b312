"""The Ward list tab."""
