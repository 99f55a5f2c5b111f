"""An OpenAPI document as a structure: pointers, references, walking it, its operations and kinds of schemas.

Nothing here changes a document or decides anything for the client; it stands on `text` and `errors`.
"""
