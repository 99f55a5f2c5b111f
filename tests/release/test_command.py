"""`make wheel` as it is called: exit codes, and what it says."""

import pytest


@pytest.fixture
def run(tree, capsys):
    from wheelcheck.__main__ import main

    def call(*arguments):
        code = main(["--root", str(tree.root), *arguments])
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    return call


def test_a_right_wheel_is_accepted(run, tree):
    code, out, err = run("--no-trials")
    assert (code, err) == (0, "")
    assert "contents and metadata are right" in out
    assert tree.wheel.exists()


def test_a_wheel_with_faults_is_refused_and_all_of_them_are_listed(run, tree):
    (tree.root / "invented/py.typed").unlink()
    (tree.root / "invented/notes.txt").write_text("stray")
    code, out, err = run()
    assert (code, out) == (1, "")
    assert err.startswith("error: what was built can't be published:\n")
    assert "invented/py.typed: missing" in err
    assert "invented/notes.txt: neither Python nor named" in err


@pytest.fixture
def invented_trials(tree, monkeypatch):
    """Pythons and trials without a machine."""
    from wheelcheck import __main__ as command
    from wheelcheck.build import Built
    from wheelcheck.pythons import Interpreter
    from wheelcheck.trial import Outcome

    def invent(found, fault=""):
        built = Built(tree.sdist, tree.wheel)
        monkeypatch.setattr(command, "build", lambda project, folder: built)
        monkeypatch.setattr(command, "tool_faults", lambda project, built: [])
        monkeypatch.setattr(
            command,
            "find_pythons",
            lambda minors: {
                minor: Interpreter(f"{minor}.0", minor) if minor in found else None for minor in minors
            },
        )
        monkeypatch.setattr(
            command, "attempt", lambda project, wheel, trial, supplies: Outcome(trial, {}, fault)
        )

    return invent


def test_a_python_that_is_not_here_is_listed_and_no_fault_unless_it_was_asked_for(run, invented_trials):
    invented_trials({"3.11"})
    code, out, _ = run()
    assert code == 0
    assert out.splitlines()[-1].startswith("3.12    -")
    assert run("--python", "3.11")[0] == 0
    assert run("--python", "3.11", "--python", "3.12")[0] == 1


def test_without_any_python_nothing_was_tried_and_that_is_a_fault(run, invented_trials):
    invented_trials(set())
    assert run()[0] == 1


def test_a_trial_that_failed_is_exit_code_1_and_each_fault_is_shown_once(run, tree, invented_trials):
    invented_trials({"3.11", "3.12"}, fault="Traceback: much\nValueError: no")
    code, out, err = run()
    assert code == 1
    assert "FAILED: ValueError: no" in out
    assert err.count("Traceback: much") == 1
    assert list((tree.root / "build").iterdir()) == []
