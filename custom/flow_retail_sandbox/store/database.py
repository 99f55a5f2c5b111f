"""The SQLite database that keeps the state.

One connection serves the whole sandbox, on the event loop's own thread: a statement takes microseconds, less
than handing it to another thread would, and requests that change state one after the other are repeatable.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

_APPLICATION_ID = 0x466C5263
"""Stands in the file's header: a database of another program is never written to."""

_WAIT_SECONDS = 0.5
"""How long to wait for a file that another process holds."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS record (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    scope TEXT NOT NULL, uid TEXT NOT NULL,
    doc BLOB NOT NULL,
    UNIQUE (scope, uid)
);
CREATE TABLE IF NOT EXISTS link (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    relation TEXT NOT NULL, first INTEGER NOT NULL, second INTEGER NOT NULL,
    attributes BLOB NOT NULL,
    UNIQUE (relation, first, second)
);
CREATE INDEX IF NOT EXISTS link_second ON link (relation, second);
"""


def connect(path: str = ":memory:") -> sqlite3.Connection:
    """Open the database in autocommit mode, and lay out its tables."""
    # Tests read the state from their own thread while holding the sandbox's lock.
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=_WAIT_SECONDS)
    try:
        # Sort orders are kept in memory, so a file serves one sandbox at a time.
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("PRAGMA journal_mode = WAL")
        _claim(connection)
    except sqlite3.Error:
        connection.close()
        raise
    # What a power cut could lose is invented data; a flush to disk would be the slowest part of a request.
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("PRAGMA cache_size = -65536")
    connection.executescript(_SCHEMA)
    return connection


def restore(connection: sqlite3.Connection, snapshot: str) -> None:
    """Replace everything by what a snapshot holds; the snapshot's file stays as it is."""
    with closing(sqlite3.connect(f"{Path(snapshot).absolute().as_uri()}?mode=ro", uri=True)) as source:
        (mark,) = source.execute("PRAGMA application_id").fetchone()
        if mark != _APPLICATION_ID:
            raise sqlite3.DatabaseError("the file is no snapshot of a sandbox")
        source.backup(connection)


def _claim(connection: sqlite3.Connection) -> None:
    """Mark an empty database as the sandbox's; refuse one that holds something else."""
    (mark,) = connection.execute("PRAGMA application_id").fetchone()
    if mark == _APPLICATION_ID:
        return
    if mark or connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone() is not None:
        raise sqlite3.DatabaseError("the file is a database, but not one of the sandbox's")
    connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
