"""Pages of the reference and the fragments that are kept of them, one operation a file.

A page is read here and laid out as files; whether fragments fit together is for `spec` to say.
"""
