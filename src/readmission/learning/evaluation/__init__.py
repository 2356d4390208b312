"""Evaluate the way of training, not one model: several splits, baselines and intervals, without the platform."""
