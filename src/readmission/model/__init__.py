"""A trained model as plain files: written, verified, opened, asked for a risk and its reasons."""
