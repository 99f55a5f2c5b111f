"""What the templates see: each operation, parameter, model and field as source.

Everything here is read from the generator's view and the spec; no template decides anything itself.
"""
