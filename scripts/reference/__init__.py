"""One module per generated reference page."""
