"""Secrets and stores of compose and Kubernetes."""
