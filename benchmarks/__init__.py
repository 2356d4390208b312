"""Measurements that compare, run by make targets."""
