"""`make wheel`: builds what is published, looks into it, and tries it where users will."""
