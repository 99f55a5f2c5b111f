"""What a program can see of its calls: hooks, OpenTelemetry spans, captured responses.

Import `Hooks` and its events, `capture_responses`, `find_tracing`.
"""
