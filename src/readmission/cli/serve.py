"""The services: one process each."""

from readmission.cli._app import app as app
