"""POST /predict: from a request to a stored prediction."""
