"""Following the published reference: fetch its pages, take them over, and report what changed for users.

The report compares two states of the spec and of the Python API; it stands on every other room.
"""
