"""The entry point of the command `flow-retail`."""

import sys
from collections.abc import Sequence

_EXTRA = frozenset({"typer", "rich", "click"})


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and end the process with its exit code."""
    try:
        from flow_retail_cli.app import app
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _EXTRA:
            raise
        sys.stderr.write(
            f"flow-retail needs {error.name}, which is not installed.\n"
            "Next: pip install 'flow-retail-client[cli]'\n"
        )
        sys.exit(2)
    app(list(sys.argv[1:] if arguments is None else arguments), prog_name="flow-retail")


if __name__ == "__main__":
    main()
