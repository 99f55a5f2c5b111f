"""How fast the client is beside its peers, all measured in one run: `make bench`.

`python -m benchmarks` makes its own environments under build/bench/, generates every peer from
openapi/openapi.json, measures in interleaved rounds, and compares with goals.py.
"""
