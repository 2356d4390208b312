"""S3 servers for local mode, side by side."""
