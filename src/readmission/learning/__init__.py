"""Learn a model, measure it, judge it and describe it. Opens no database and calls no service."""
