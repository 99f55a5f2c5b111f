"""Records and their connections, in SQLite."""
