"""The local platform: up, down, status, logs, clean."""

from readmission.cli._app import app as app
