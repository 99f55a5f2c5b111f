"""Which Pythons are found, what is tried with them, and what a failed trial looks like."""

import json
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture
def pythons(tmp_path):
    """Look for interpreters in invented places."""
    from wheelcheck.pythons import find_pythons

    def find(*minors):
        environment = {"PATH": str(tmp_path / "bin"), "PYENV_ROOT": str(tmp_path / "pyenv")}
        found = find_pythons(minors, environment)
        return {minor: python and (python.version, python.path) for minor, python in found.items()}

    return find


def test_a_python_is_found_on_the_path_or_with_pyenv_and_a_shim_without_one_behind_it_is_not_taken(
    program, pythons
):
    program("bin/python3.11", "3.11.9 /somewhere/python3.11\n")
    program("bin/python3.12", "pyenv: python3.12: command not found\n", 127, to="stderr")
    program("pyenv/versions/3.12.4/bin/python", "3.12.4 /pyenv/python\n")
    program("pyenv/versions/3.12.1/bin/python", "3.12.1 /pyenv/older\n")
    program("bin/python3.13", "3.9.1 /a/liar\n")
    program("bin/python3", "3.14.0 /usr/bin/python3\n")
    assert pythons("3.11", "3.12", "3.13", "3.14", "3.15") == {
        "3.11": ("3.11.9", "/somewhere/python3.11"),
        "3.12": ("3.12.4", "/pyenv/python"),
        "3.13": None,
        "3.14": ("3.14.0", "/usr/bin/python3"),
        "3.15": None,
    }


def test_a_file_that_is_no_program_is_no_python(program, pythons):
    program("bin/python3.11", "").write_bytes(b"\x7fELF broken")
    assert pythons("3.11") == {"3.11": None}


def test_every_python_is_tried_with_the_lowest_and_the_newest_requirements(tree):
    from wheelcheck.__main__ import trials_of
    from wheelcheck.pythons import Interpreter
    from wheelcheck.trial import LOWEST, NEWEST

    old, new = Interpreter("3.11.9", "old"), Interpreter("3.14.0", "new")
    trials = trials_of(tree.project(), [old, new])
    for python in (old, new):
        for extras in ((), ("extra",)):
            found = [
                trial.resolution
                for trial in trials
                if (trial.python, trial.extras, trial.guests) == (python, extras, ())
            ]
            assert found == [LOWEST, NEWEST]
    # The plugin is loaded by every pytest, so it is tried beside one.
    assert [(trial.python, trial.extras) for trial in trials if trial.guests] == [
        (new, ()),
        (new, ("extra",)),
    ]


SUITE = """
[tool.wheelcheck]
tests = "tests"
extras = ["extra"]
group = "tools"

[dependency-groups]
tools = [{ include-group = "more" }, "pytest", "cattrs>=24.1"]
more = ["rich"]
"""


def test_the_tests_run_with_the_lowest_and_with_the_newest_requirements(tree):
    from wheelcheck.__main__ import trials_of
    from wheelcheck.pythons import Interpreter
    from wheelcheck.trial import LOWEST, NEWEST

    old, new = Interpreter("3.11.9", "old"), Interpreter("3.14.0", "new")
    assert not any(trial.suite for trial in trials_of(tree.project(), [old, new]))
    file = tree.root / "pyproject.toml"
    file.write_text(file.read_text() + SUITE)
    found = [
        (trial.python, trial.resolution, trial.extras)
        for trial in trials_of(tree.project(), [old, new])
        if trial.suite
    ]
    assert found == [(old, LOWEST, ("extra",)), (new, NEWEST, ("extra",))]
    assert tree.project().suite.pinned == {"pytest", "rich"}
    assert trials_of(tree.project(), []) == []


def test_the_table_names_what_was_tried_what_failed_and_what_is_missing():
    from wheelcheck.__main__ import table
    from wheelcheck.pythons import Interpreter
    from wheelcheck.trial import LOWEST, NEWEST, Outcome, Trial

    python = Interpreter("3.11.9", "python3.11")
    outcomes = [
        Outcome(Trial(python, LOWEST), {"attrs": "24.1.0"}),
        Outcome(Trial(python, NEWEST, ("extra",), ("pytest",)), {}, "Traceback\nValueError: no"),
        Outcome(Trial(python, NEWEST), {"attrs": "26.1.0"}, from_source=True),
        Outcome(Trial(python, NEWEST), {"attrs": "26.1.0"}, tests="tests: 7 passed"),
    ]
    assert table(outcomes, ["3.14"]).splitlines() == [
        "Python  with            requirements  result",
        "3.11.9  -               lowest        ok: attrs 24.1.0",
        "3.11.9  [extra] pytest  newest        FAILED: ValueError: no",
        "3.11.9  -               newest        ok: attrs 26.1.0 (something was built from source)",
        "3.11.9  -               newest        ok: attrs 26.1.0; tests: 7 passed",
        "3.14    -               -             not on this machine: not tried",
    ]


@pytest.fixture
def attempted(tree, monkeypatch, tmp_path):
    """Run a trial of which the steps are invented: what each program says, by the end of its name."""
    from wheelcheck import commands
    from wheelcheck import trial as module
    from wheelcheck.pythons import Interpreter
    from wheelcheck.supplies import Supplies

    supplies = Supplies(tmp_path / "trials")
    supplies.folder.mkdir()

    def run(answers, *, extras=(), guests=(), suite=None):
        asked = []

        def done(command, folder, *_):
            text = " ".join(command)
            asked.append(text)
            code, out, err = next((value for part, value in answers.items() if part in text), (0, "", ""))
            return subprocess.CompletedProcess(command, code, out, err)

        monkeypatch.setattr(commands, "complete", done)
        monkeypatch.setattr(module, "complete", done)
        trial = module.Trial(Interpreter("3.11.9", "python3.11"), module.LOWEST, extras, guests, suite)
        outcome = module.attempt(tree.project(), tree.wheel, trial, supplies)
        assert list(supplies.folder.iterdir()) == [], "the environment goes with its trial"
        return outcome, asked

    return run


SMOKE = {"smoke.py": (0, json.dumps({"attrs": "24.1.0", "HTTPX": "0.27.0", "rich": "13.0.0"}), "")}


def test_a_trial_names_the_versions_of_the_requirements_alone(attempted, tmp_path):
    outcome, asked = attempted(SMOKE)
    assert (outcome.fault, outcome.versions) == ("", {"attrs": "24.1.0", "httpx": "0.27.0"})
    (install,) = [each for each in asked if " install " in each]
    assert "--resolution lowest-direct" in install
    assert f"--find-links {tmp_path / 'trials/wheels'}" in install
    assert install.endswith("--only-binary :all:")
    assert any(" pip check " in each for each in asked)


def test_what_has_no_wheel_for_a_python_is_built_and_that_is_told(attempted):
    outcome, _ = attempted({"--only-binary": (1, "", "no wheels"), **SMOKE})
    assert outcome.from_source


@pytest.mark.parametrize(
    ("answers", "extras", "expected"),
    [
        ({" install ": (1, "", "no such version")}, (), "no such version"),
        ({"pip check": (1, "", "attrs is missing")}, (), "attrs is missing"),
        ({"smoke.py": (1, "", "AssertionError: c-2")}, (), "AssertionError: c-2"),
        ({**SMOKE, "invented --help": (1, "", "Traceback\nImportError: rich")}, ("extra",), "exit code 1"),
    ],
)
def test_a_step_that_fails_is_the_fault_of_the_trial(attempted, answers, extras, expected):
    outcome, _ = attempted(answers, extras=extras)
    assert expected in outcome.fault
    assert outcome.versions == {}


@pytest.mark.parametrize(
    ("says", "fault"),
    [
        ("error: this needs more: pip install 'invented-client[extra]'", ""),
        (
            "Traceback\nModuleNotFoundError: No module named 'rich'",
            "does not say that invented-client[extra] is missing",
        ),
        ("", "does not say that invented-client[extra] is missing"),
    ],
)
def test_a_command_without_its_extra_must_say_which_one_is_missing(tree, attempted, says, fault):
    tree.replace(
        "pyproject.toml", 'invented = "invented.__main__:main"', 'more = "flow_retail_extra.__main__:main"'
    )
    outcome, _ = attempted({**SMOKE, "more --help": (1, "", says)})
    assert fault in outcome.fault
    assert bool(outcome.fault) == bool(fault)


def test_a_plugin_that_breaks_other_peoples_pytest_is_a_fault(attempted):
    answers = {**SMOKE, "-m pytest": (1, "", "ImportError: no starlette")}
    outcome, _ = attempted(answers, guests=("pytest",))
    assert "pytest with the plugin: ImportError: no starlette" in outcome.fault
    outcome, _ = attempted({**SMOKE, "-m pytest": (5, "no tests ran", "")}, guests=("pytest",))
    assert outcome.fault == ""


def test_the_tools_of_the_tests_are_pinned_and_nothing_else_is(tree, attempted, monkeypatch):
    from wheelcheck import trial as module
    from wheelcheck.project import Suite

    (tree.root / "constraints.txt").write_text(
        "attrs==26.1.0\ncattrs==26.2.1\nHTTPX==0.28.1\npytest==9.2.0\nrich==15.0.0\n"
    )
    pins = []
    run_uv = module.run_uv

    def install(command, cache):
        if "--constraint" in command:
            pins.append(Path(command[command.index("--constraint") + 1]).read_text())
        return run_uv(command, cache)

    monkeypatch.setattr(module, "run_uv", install)
    suite = Suite("tests", ("extra",), "tools", frozenset({"pytest"}))
    outcome, asked = attempted(
        {**SMOKE, "-m pytest": (0, "....\n7 passed in 1 s\n", "")}, extras=("extra",), suite=suite
    )
    assert (outcome.fault, outcome.tests) == ("", "tests: 7 passed in 1 s")
    assert pins == ["pytest==9.2.0"]
    (install,) = [each for each in asked if " install " in each]
    assert f"--group {tree.root / 'pyproject.toml'}:tools" in install


def test_a_test_that_fails_is_the_fault_of_its_trial(tree, attempted):
    from wheelcheck.project import Suite

    (tree.root / "constraints.txt").write_text("")
    outcome, _ = attempted(
        {**SMOKE, "-m pytest": (1, "FAILED tests/test_it.py", "")},
        suite=Suite("tests", (), "tools", frozenset()),
    )
    assert outcome.fault.splitlines() == ["FAILED tests/test_it.py", "tests fails"]


@pytest.mark.parametrize(
    ("needed", "built"),
    [
        ("pyspark>=4.3,<5", ["pyspark==4.3", "pyspark<5,>=4.3"]),
        ("PySpark==4.3.0", ["PySpark==4.3.0"]),
        ("rich>=13", []),
    ],
)
def test_what_publishes_no_wheel_is_built_once_at_each_end_of_its_range(
    tree, monkeypatch, tmp_path, needed, built
):
    from wheelcheck import supplies as module

    asked = []
    monkeypatch.setattr(module, "run", lambda command, folder, seconds: asked.append(command[-1]))
    tree.replace("pyproject.toml", "Rich[jupyter]>=13; python_version >= '3.11'", needed)
    (tmp_path / "trials").mkdir()
    supplies = module.gather(tree.project(), tmp_path / "trials")
    assert asked == built
    assert supplies.wheels.is_dir()


def test_a_program_runs_without_what_developers_have_in_their_environment(monkeypatch, tmp_path):
    from wheelcheck.commands import run
    from wheelcheck.faults import WheelError

    monkeypatch.setenv("PYTHONPATH", "somewhere")
    monkeypatch.setenv("FLOW_RETAIL_TOKEN", "t-1")
    program = "import os; print([name for name in os.environ if name.startswith(('PYTHON', 'FLOW'))])"
    assert run([sys.executable, "-c", program], tmp_path).strip() == "[]"
    with pytest.raises(WheelError, match="nothing-here"):
        run([str(tmp_path / "nothing-here")], tmp_path)


def test_the_smoke_program_passes_with_the_installed_wheel(tmp_path):
    from importlib import metadata

    from wheelcheck.commands import run
    from wheelcheck.trial import SMOKE as PROGRAM

    shown = run([sys.executable, "-I", str(PROGRAM), metadata.version("flow-retail-client")], tmp_path)
    assert "httpx" in json.loads(shown)
