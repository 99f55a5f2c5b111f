"""Sharing the names of JSON properties between the parser and the generated code.

A model asks the dict that the parser made for each of its properties. Python finds a key at once if it is the
very string that it is asked for; if it is another string of the same text, as it is by default, the texts are
compared, which costs as much again. The parser keeps the strings of keys that it has seen, and Python keeps
one string for all constants of a text that could be a name. So whoever comes first makes the string for both.

Nothing depends on it but speed: a string that either of them no longer keeps is compared as before.
"""

import sys

import orjson


def share_keys(names: str) -> None:
    """Have the parser make the strings of some names, and Python use these for constants.

    To be called before the code that holds the constants is loaded.

    Args:
        names: The names, between white space.
    """
    for key in orjson.loads(orjson.dumps(dict.fromkeys(names.split()))):
        sys.intern(key)
