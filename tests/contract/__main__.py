"""Hold the sandbox to the document for longer than CI does: `python tests/contract --seed 7`."""

import argparse
import logging
import sys
import tempfile
from pathlib import Path

from contract_run import Outcome, run_contract
from contract_settings import Extent


def _report(outcome: Outcome) -> str:
    covered = len(outcome.operations) - len(outcome.not_covered)
    by_phase = ", ".join(f"{name} {outcome.cases[name]:,} ({end})" for name, end in outcome.phases.items())
    lines = {
        "operations covered": f"{covered} of {len(outcome.operations)}",
        "cases tried": f"{outcome.cases.total():,}",
        "by phase": by_phase,
        "linked requests": f"{outcome.transitions:,}",
        "checks": ", ".join(f"{name} {times:,}" for name, times in sorted(outcome.checks.items())),
        "failures": f"{outcome.failures}",
        "seed": f"{outcome.seed}",
        "seconds": f"{outcome.seconds:.0f}",
    }
    return "\n".join(f"{name + ':':<20}{text}" for name, text in lines.items())


def main() -> int:
    """Run, and say what came of it.

    Returns:
        0 if nothing was found and every operation was covered, otherwise 1.
    """
    parser = argparse.ArgumentParser(prog="python tests/contract", description=__doc__)
    parser.add_argument(
        "--max-examples", type=int, default=100, metavar="N", help="requests made up an operation (100)"
    )
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="what chance depends on (1)")
    chosen = parser.parse_args()
    # schemathesis probes the server with what is no HTTP, and is answered as it should be.
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
    extent = Extent(chosen.max_examples, max_sequences=60, rounds=max(1, chosen.max_examples // 10))
    with tempfile.TemporaryDirectory() as folder:
        outcome = run_contract(Path(folder), seed=chosen.seed, extent=extent)
    if outcome.complaints:
        sys.stdout.write(outcome.text + "\n")
    sys.stdout.write("\n".join([*outcome.complaints, _report(outcome)]) + "\n")
    return 1 if outcome.complaints else 0


if __name__ == "__main__":
    sys.exit(main())
