"""The data path measured: reading, storing, encoding, training."""
