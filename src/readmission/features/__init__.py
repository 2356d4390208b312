"""What a model derives or learns from an encounter; the same code trains and serves."""
