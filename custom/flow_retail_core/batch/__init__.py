"""A batch of any length: cut into chunks, sent, and resolved item by item.

Others import the classes of `spec`, `BatchStream`, `verify_applied` and the parts of a result, each from its
module; the rest is for this package alone, which knows no client and no HTTP.
"""
