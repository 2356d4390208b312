"""Airflow DAGs: thin files, one task per CLI verb."""
