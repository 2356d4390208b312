"""A simulated year: the data set replayed month by month through every part, with labels that come late.

It runs on parts of its own (PostgreSQL, S3, MLflow, data and inference service) in a folder of its own, and leaves
the live platform's data and champion alone.
"""
