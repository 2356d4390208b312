"""Models and their files in MLflow and S3, and which version is live."""
