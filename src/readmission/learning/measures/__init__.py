"""How good a model is: metrics, intervals, subgroups, plots."""
