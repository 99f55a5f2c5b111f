"""The command `flow-retail`: export, import, get, search, sandbox, doctor (extra: `cli`).

Modules are imported when a command needs them, so that `flow-retail --help` is quick.
"""
