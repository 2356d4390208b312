"""The data set: download it, read it from a file, or make a synthetic one."""

from readmission.dataset.resolve import ResolvedDataset, resolve_dataset
from readmission.dataset.splits import SPLITS, Split, assign_split

__all__ = ["SPLITS", "ResolvedDataset", "Split", "assign_split", "resolve_dataset"]
