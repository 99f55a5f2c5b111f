"""One round of one measure, in this process; prints what it read as JSON.

`python -m benchmarks.worker MEASURE REQUEST`, the request as JSON. `benchmarks/run.py` starts it.
"""

import json
import sys
from collections.abc import Sequence

# First, as in a program of its own: decoding finds names at once that no other code has spelt before it.
import flow_retail_client.models  # noqa: F401  # see above
from benchmarks.measures import BY_NAME
from benchmarks.measures.measure import Request


def main(arguments: Sequence[str]) -> None:
    """Measure and print."""
    name, text = arguments
    given = json.loads(text)
    request = Request(**{**given, "peers": tuple(given["peers"])})
    print(json.dumps(BY_NAME[name].measure(request).as_dict()))


if __name__ == "__main__":
    main(sys.argv[1:])
