"""The SQLite database that keeps the state.

One connection serves the whole sandbox, on the event loop's own thread: a statement takes microseconds, less
than handing it to another thread would, and requests that change state one after the other are repeatable.
"""

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager

_APPLICATION_ID = 0x466C5262
"""Stands in the file's header: a database of another program is never written to."""

_WAIT_SECONDS = 0.5
"""How long to wait for a file that another process holds."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS record (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant TEXT NOT NULL, kind TEXT NOT NULL, uid TEXT NOT NULL,
    doc BLOB NOT NULL,
    UNIQUE (tenant, kind, uid)
);
CREATE TABLE IF NOT EXISTS fact (
    id INTEGER PRIMARY KEY,
    tenant TEXT NOT NULL, kind TEXT NOT NULL,
    text TEXT NOT NULL, name TEXT NOT NULL,
    external_id TEXT NOT NULL, customer_type TEXT NOT NULL, store_uid TEXT NOT NULL,
    parent_uid TEXT NOT NULL, created_at TEXT NOT NULL,
    history TEXT NOT NULL DEFAULT ''
);
CREATE INDEX IF NOT EXISTS fact_external ON fact (tenant, external_id) WHERE external_id <> '';
CREATE INDEX IF NOT EXISTS fact_parent ON fact (tenant, parent_uid) WHERE parent_uid <> '';
CREATE TABLE IF NOT EXISTS link (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    contact_id INTEGER NOT NULL, customer_id INTEGER NOT NULL,
    role TEXT NOT NULL, extensions BLOB NOT NULL,
    UNIQUE (contact_id, customer_id)
);
CREATE INDEX IF NOT EXISTS link_customer ON link (customer_id);
CREATE TABLE IF NOT EXISTS member (
    group_id INTEGER NOT NULL, customer_id INTEGER NOT NULL,
    PRIMARY KEY (group_id, customer_id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS member_customer ON member (customer_id);
CREATE TABLE IF NOT EXISTS store (
    tenant TEXT NOT NULL, uid TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (tenant, uid)
) WITHOUT ROWID;
"""


def connect(path: str = ":memory:") -> sqlite3.Connection:
    """Open the database and lay out its tables.

    Args:
        path: A file, or `:memory:`.

    Returns:
        A connection in autocommit mode; use `transaction` for what belongs together.

    Raises:
        sqlite3.Error: If the file cannot be opened, is in use, or is no database of the sandbox's.
    """
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


def _claim(connection: sqlite3.Connection) -> None:
    """Mark an empty database as the sandbox's; refuse one that holds something else."""
    (mark,) = connection.execute("PRAGMA application_id").fetchone()
    if mark == _APPLICATION_ID:
        return
    if mark or connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone() is not None:
        raise sqlite3.DatabaseError("the file is a database, but not one of the sandbox's")
    connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")


@contextmanager
def transaction(connection: sqlite3.Connection) -> Generator[None]:
    """Keep all that is done inside, or nothing.

    Args:
        connection: The sandbox's connection.

    Yields:
        Nothing; the transaction is committed at the end, rolled back if an exception leaves the block.
    """
    connection.execute("BEGIN")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
