"""Models and predictions: predict, models, promotions, rollback."""

from readmission.cli._app import app as app
