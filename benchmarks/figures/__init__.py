"""The figures, a file for each group."""
