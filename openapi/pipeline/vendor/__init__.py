"""Pages of the reference and the fragments that are kept of them, one operation a file."""
