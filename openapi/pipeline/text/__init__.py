"""Text on disk: JSON and YAML read strictly, files and folders replaced whole or not at all."""
