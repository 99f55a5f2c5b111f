"""What `make try-pages` has proven of a page: what its tests went through."""

import json
import sys
from pathlib import Path

from flow_retail_records.resources import lists, resource_types

FRAGMENTS = Path("openapi/fragments")


def main() -> None:
    """Print a line for each page that is named."""
    for page in sys.argv[1:]:
        called = {
            (method.upper(), path)
            for fragment in (FRAGMENTS / page).glob("*.json")
            for path, item in json.loads(fragment.read_text(encoding="utf-8"))["paths"].items()
            for method in item
        }
        methods = [
            (resource_type, method.operation)
            for resource_type in resource_types().values()
            for method in resource_type.methods.values()
            if (method.operation.method, method.operation.path) in called
        ]
        names = {operation.name for _, operation in methods}
        listed = [name for name, listing in lists().items() if listing.operation.name in names]
        imported = {
            f"{one.name} ({', '.join(one.writing.operations)})": None
            for one, operation in methods
            if one.writing is not None and operation in one.writing.operations.values()
        }
        sys.stdout.write(
            f"{page}: {len(methods)} operations served; listed, exported, read by Spark and counted: "
            f"{', '.join(listed) or 'none'}; imported: {', '.join(imported) or 'none'}\n"
        )


if __name__ == "__main__":
    main()
