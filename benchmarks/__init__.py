"""How fast it is, held against what could be had: each figure is a ratio of two things measured in one run."""
