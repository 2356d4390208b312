"""Whether encounters and risks still look like the training rows, and how good the risks still are."""
