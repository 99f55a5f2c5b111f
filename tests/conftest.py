"""What holds for every test."""

import os

if "PYTEST_XDIST_WORKER" in os.environ:
    # `make test` measures coverage in the processes that pytest starts; the programs that tests start run as
    # users run them.
    os.environ.pop("COVERAGE_PROCESS_CONFIG", None)
