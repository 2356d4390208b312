"""The data set: fetch it, describe it, make a synthetic one."""

from readmission.cli._app import app as app
