"""What the error code of one item says. A code counts as a whole, never by a word somewhere in it."""

import re

_LONGEST_CODE = 100
_MARKS = r"(?:HTTP_?|(?:E|ERR|ERROR|STATUS|CODE|API)_)*"
_ENDING = r"(?:_(?:ERROR|ERR|EXCEPTION|FAILURE|CODE))?"
_RECORD = "ITEM|RECORD|RESOURCE|ENTITY|OBJECT"
_SYSTEM = (
    "SERVER|SERVICE|SYSTEM|BACKEND|UPSTREAM|GATEWAY|DATABASE|DB|TABLE|ROW|REQUEST|CONNECTION|QUERY"
    f"|TRANSACTION|{_RECORD}"
)
_TIMEOUT = r"(?:TIME_?OUT|TIMED_?OUT)(?:_(?:EXCEEDED|EXPIRED|REACHED))?"

_NEGATIONS = frozenset(
    {"NOT", "NO", "NEVER", "INVALID", "ILLEGAL", "WRONG", "MISSING", "UNKNOWN", "UNSUPPORTED", "REQUIRED"}
)
"""Words that make a code with an ending such as TIMEOUT one about a setting or a rule."""

_AMBIGUOUS = re.compile(rf"{_MARKS}(?:408|502|504|(?:502_)?BAD_GATEWAY|(?:\w+_)??{_TIMEOUT}){_ENDING}")
_TRANSIENT = re.compile(
    rf"{_MARKS}(?:"
    r"(?:429|503)|(?:\w+_)??TOO_?MANY_?(?:CONCURRENT_)?(?:REQUESTS|CALLS|CONNECTIONS)|TOO_?MANY"
    r"|(?:\w+_)??(?:RATE_?LIMIT(?:ED|S|ING)?|RATE_?LIMIT_(?:EXCEEDED|REACHED|HIT)|THROTTL(?:E|ED|ING))"
    r"|RATE_?EXCEEDED|REQUEST_?LIMIT_(?:EXCEEDED|REACHED)"
    rf"|(?:503_)?(?:(?:{_SYSTEM})_)*(?:(?:TEMPORARILY_|CURRENTLY_)?UNAVAILABLE|BUSY|OVERLOAD(?:ED)?|LOCK(?:ED)?)"
    r"|TEMPORAR(?:Y|ILY)(?:_(?:UNAVAILABLE|OVERLOAD(?:ED)?|OUTAGE))?"
    r"|LOCK_(?:WAIT|CONFLICT|CONTENTION)|DEAD_?LOCK(?:ED)?(?:_(?:DETECTED|FOUND|VICTIM))?"
    r"|(?:PLEASE_)?(?:TRY_?AGAIN|RETRY)(?:_LATER)?"
    rf"){_ENDING}"
)


def is_transient(code: str | None) -> bool:
    """Whether a code names a reason that may be gone a moment later, as 429 does."""
    return _matches(_TRANSIENT, code) or is_ambiguous(code)


def is_ambiguous(code: str | None) -> bool:
    """Whether a code says that a server gave up waiting, and so can't tell what became of the item."""
    return _matches(_AMBIGUOUS, code)


def says_absent(code: str | None, uid_key: str) -> bool:
    """Whether a code says that the item itself is not there."""
    named = re.sub(r"_?(UID|ID)$", "", _upper(uid_key))
    records = f"{_RECORD}|{named}(?:_UID|_ID)?" if named else _RECORD
    pattern = (
        rf"{_MARKS}(?:404|410|(?:(?:404|410)_)?(?:"
        rf"(?:(?:{records})_)?(?:(?:IS|WAS)_)?(?:NOT_?FOUND|GONE|ALREADY_(?:DELETED|REMOVED|GONE)"
        r"|(?:DOES_?)?NOT_?EXIST(?:S|ING|ENT)?|NON_?EXIST(?:ING|ENT))"
        rf"|NO_SUCH_(?:{records}))){_ENDING}"
    )
    return re.fullmatch(pattern, _upper(code)) is not None


def says_other_absent(code: str | None, uid_key: str) -> bool:
    """Whether a code says that something else than the item is not there, such as the tenant."""
    return re.search(r"NOT_?FOUND|NO_SUCH", _upper(code)) is not None and not says_absent(code, uid_key)


def _matches(pattern: re.Pattern[str], code: str | None) -> bool:
    name = _upper(code)
    return pattern.fullmatch(name) is not None and _NEGATIONS.isdisjoint(name.split("_"))


def _upper(code: str | None) -> str:
    """A code in one spelling: RATE_LIMIT for rateLimit, rate-limit, `Rate limit`; empty if it is too long."""
    if code is None or len(code) > _LONGEST_CODE:
        return ""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", code)
    return re.sub(r"[\W_]+", "_", words).strip("_").upper()
