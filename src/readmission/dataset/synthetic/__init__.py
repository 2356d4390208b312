"""Synthetic encounters of the same schema, drawn from a statistical profile. None is a real row."""

from readmission.dataset.synthetic.generate import synthesise_csv, synthetic_name

__all__ = ["synthesise_csv", "synthetic_name"]
