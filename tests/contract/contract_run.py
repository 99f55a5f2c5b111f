"""One run of schemathesis against a sandbox on a real socket, and what came of it."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from contract_document import operations, sandbox_document
from contract_examples import known_uids, make_examples
from contract_links import add_links
from contract_settings import Extent, write_settings

from flow_retail_sandbox import run_sandbox
from flow_retail_sandbox.server.tokens import DEFAULT_TENANTS, integration_token

PUBLISHED = Path(__file__).resolve().parents[2] / "openapi" / "openapi.json"
PHASES = ("examples", "coverage", "fuzzing", "stateful")
CUSTOMERS = 40


@dataclass(slots=True)
class Outcome:
    """What a run came to.

    Attributes:
        seed: What chance depended on; each round of sequences takes the next.
        operations: Every operation of the published document, as method and path template.
        answered: How often each of them was answered with a 2xx.
        cases: How many requests were tried, by phase.
        checks: How often each check was made.
        transitions: How often a request was made with what the response to an earlier one held.
        phases: How each phase ended, at its worst.
        failures: How many different ones were found, errors of the run itself included.
        exit_code: What schemathesis ended with, at its worst.
        seconds: How long it took.
        text: What it printed.
    """

    seed: int
    operations: list[str]
    answered: Counter[str] = field(default_factory=Counter[str])
    cases: Counter[str] = field(default_factory=Counter[str])
    checks: Counter[str] = field(default_factory=Counter[str])
    transitions: int = 0
    phases: dict[str, str] = field(default_factory=dict[str, str])
    failures: int = 0
    exit_code: int = 0
    seconds: float = 0.0
    text: str = ""

    @property
    def not_covered(self) -> list[str]:
        """Operations that never answered with a 2xx: of those hardly anything was seen."""
        return [label for label in self.operations if not self.answered[label]]

    @property
    def complaints(self) -> list[str]:
        """Why the run does not count as passed, empty if it does."""
        found = [f"not covered: {label}" for label in self.not_covered]
        if self.failures or self.exit_code:
            found.append(f"schemathesis found {self.failures} and ended with {self.exit_code}")
        ends = {name: self.phases.get(name, "not run") for name in PHASES}
        found += [f"phase {name}: {end}" for name, end in ends.items() if end != "success"]
        if not self.transitions:
            found.append("no request was made with what an earlier one had given")
        return found


def run_contract(
    folder: Path, *, seed: int, extent: Extent, phases: Sequence[str] = PHASES, faults: str = ""
) -> Outcome:
    """Run schemathesis against a sandbox of its own.

    It runs as its command, in processes of its own: settings and reports are what its makers document.

    Args:
        folder: An empty folder for its files.
        seed: What chance depends on.
        extent: How long the run is.
        phases: Which ways of making up requests to take.
        faults: What the sandbox does wrong, in its command line's form.

    Returns:
        What came of it.
    """
    published = json.loads(PUBLISHED.read_text(encoding="utf-8"))
    outcome = Outcome(seed, [f"{method} {path}" for method, path, _ in operations(published)])
    tokens = {tenant: integration_token(tenant) for tenant in DEFAULT_TENANTS}
    document = sandbox_document(published, DEFAULT_TENANTS[0])
    add_links(document)
    with run_sandbox(customers=CUSTOMERS, faults=faults) as sandbox:
        known = known_uids(sandbox.sandbox)
        make_examples(document, sandbox.sandbox)
        single = tuple(phase for phase in phases if phase != "stateful")
        parts = [(single, seed)] if single else []
        parts += [(("stateful",), seed + count) for count in range(extent.rounds) if "stateful" in phases]
        for number, (some, from_seed) in enumerate(parts):
            place = folder / str(number)
            place.mkdir()
            write_settings(place, document, tokens, extent, known)
            _run_part(place, ["--url", sandbox.base_url, "--seed", str(from_seed)], some, outcome)
    return outcome


def _run_part(folder: Path, options: list[str], phases: Sequence[str], outcome: Outcome) -> None:
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", "schemathesis.toml"]
    ended = subprocess.run(
        [*command, "run", "openapi.json", "--no-color", "--phases", ",".join(phases), *options],
        cwd=folder,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )
    outcome.text += ended.stdout
    outcome.exit_code = max(outcome.exit_code, ended.returncode)
    if (folder / "report.json").is_file():
        _read_verdict(folder / "report.json", phases, outcome)
        _read_events(folder / "report.ndjson", outcome)


def _read_verdict(report: Path, phases: Sequence[str], outcome: Outcome) -> None:
    verdict = json.loads(report.read_text(encoding="utf-8"))
    for phase in phases:
        if outcome.phases.get(phase, "success") == "success":
            outcome.phases[phase] = verdict["phases"][phase]["status"]
    outcome.failures += verdict["test_cases"]["unique_failures"] + len(verdict["errors"])
    outcome.seconds += verdict["running_time"]


def _read_events(report: Path, outcome: Outcome) -> None:
    for phase, recorder in _scenarios(report):
        responses = recorder.get("interactions", {})
        for identifier, case in recorder.get("cases", {}).items():
            outcome.cases[phase] += 1
            outcome.transitions += case["is_transition_applied"]
            response = responses.get(identifier, {}).get("response")
            if response is not None and 200 <= response["status_code"] < 300:
                outcome.answered[f"{case['value']['method']} {case['value']['path']}"] += 1
        for made in recorder.get("checks", {}).values():
            outcome.checks.update(check["name"] for check in made)


def _scenarios(report: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    with report.open(encoding="utf-8") as lines:
        for line in lines:
            event = json.loads(line).get("ScenarioFinished")
            if event is not None and event["phase"] in PHASES:
                yield event["phase"], event["recorder"]
