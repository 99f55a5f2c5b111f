"""What answers each operation, chosen by its shape."""
