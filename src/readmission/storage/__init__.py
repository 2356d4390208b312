"""The only door to PostgreSQL, MLflow and S3."""
