"""What the local platform keeps: folder, credentials, databases, data set."""
