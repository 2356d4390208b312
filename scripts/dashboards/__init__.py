"""Dashboards as code: one module each, with a ``dashboard()`` that gives its builder."""
