"""Text on disk: JSON and YAML read strictly, files and folders replaced whole or not at all.

Nothing here knows OpenAPI. It stands on `errors` alone, and every other room may use it.
"""
