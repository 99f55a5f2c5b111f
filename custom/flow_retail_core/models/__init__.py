"""What a JSON object is in Python: the base class, its codec, open enums, lenient decoding, schema drift.

The rooms above import `model`, `enums`, `fields`, `decoders`, `decoding`, `encoding`, `files` and
`schema_drift`; the rest is this room's own. It imports nothing of the core but `errors` and `unset`.
"""
