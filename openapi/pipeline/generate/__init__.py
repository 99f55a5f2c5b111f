"""From the spec to the package: classes by the generator, resources from the spec, our templates, then ruff.

`context/` is what the templates see.
"""
