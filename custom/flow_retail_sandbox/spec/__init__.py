"""The document: its operations, schemas and collections, and values that fit them."""
