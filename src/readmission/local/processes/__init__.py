"""Processes of the local platform: guard, liveness, finding and ending them."""
