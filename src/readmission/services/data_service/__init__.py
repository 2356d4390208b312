"""The data service: gives the data set in batches, split by patient."""
