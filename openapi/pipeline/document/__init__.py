"""An OpenAPI document as a structure: pointers, references, operations, kinds of schemas."""
