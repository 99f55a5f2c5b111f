"""Lists that the server returns in pages: `Pager` reads them, whatever moves while it reads.

Import from here: `Pager`, `Page`, `ListChanges` and `Envelope` from the modules of their names; nothing else.
The room knows errors and checks of arguments alone: requests come in as a callable.
"""
