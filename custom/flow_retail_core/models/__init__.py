"""What a JSON object is in Python: the base class, its codec, open enums, lenient decoding, schema drift.

Import `model`, `enums`, `decoders`, `decoding`, `encoding` and `schema_drift` from anywhere above this room.
The rest is its own; it imports nothing but `errors`, `unset` and `deprecation`, and no HTTP.
"""
