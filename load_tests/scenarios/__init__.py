"""One file a kind of visitor."""
