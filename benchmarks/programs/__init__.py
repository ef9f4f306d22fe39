"""The programs that are measured, each beside what it is held against."""
