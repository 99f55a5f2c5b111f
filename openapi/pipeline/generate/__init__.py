"""From the spec to the package: the generator with our templates, in a folder of its own, then ruff.

`context/` is what the templates see; `completeness` proves that nothing of the spec was lost on the way.
"""
