"""The exploratory report of the train split: one HTML file that needs nothing else."""
