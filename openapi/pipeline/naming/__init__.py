"""Names that users type: classes, enum members, resources and methods, by rule and as published before.

It reads a corrected document and stands on `document`; the record of published names is kept here, too.
"""
