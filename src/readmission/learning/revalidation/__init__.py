"""How good a model is on a site's own patients, and what recalibration there would change."""
