"""POST /predict/batch: many encounters in one request."""
