"""What a hostile caller tries, one file a door, against the running parts."""
