"""Offline: one file per pipeline step; each is a CLI verb and an Airflow task."""
