"""What the templates see: each operation, parameter, model and field as source.

Everything here is read from the spec; no template decides anything itself.
"""
