"""Figures of the platform for Prometheus: PostgreSQL's facts and Airflow's runs, read at each scrape."""
