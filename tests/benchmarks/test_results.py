import pytest

from benchmarks import report
from benchmarks.goals import GOALS, Cell, Goal
from benchmarks.measures import BY_NAME as MEASURES
from benchmarks.measures.measure import Readings
from benchmarks.peers import BY_NAME as PEERS
from benchmarks.results import Results, Run, Spread, Verdict
from benchmarks.run import Options

OURS, OTHER = Cell("decode", "time", "flow_retail"), Cell("decode", "time", "stock")


def results(*rounds: dict[str, float]) -> Results:
    made = Results()
    for values in rounds:
        made.add("decode", Readings({"time": values}))
    return made


def test_a_multiple_is_taken_within_each_round():
    # Medians of their own would give 10 / 20; round by round it is a half, a half, and two.
    made = results(
        {"flow_retail": 5, "stock": 10}, {"flow_retail": 10, "stock": 20}, {"flow_retail": 80, "stock": 40}
    )
    assert made.spread(OURS, OTHER) == Spread(0.5, 0.5, 1.25)


def test_a_peer_that_failed_in_some_round_gives_no_multiple():
    made = results({"flow_retail": 5, "stock": 10}, {"flow_retail": 5})
    assert made.spread(OURS, OTHER) is None


def test_a_peer_that_failed_takes_no_part_in_that_measure_any_more():
    made = results({"flow_retail": 5})
    made.add("decode", Readings({}, {"stock": "ValueError: no"}))
    assert not made.runs("stock", "decode")
    assert made.runs("stock", "encode")


@pytest.mark.parametrize(
    ("value", "at_least", "word"),
    [
        (0.9, False, "reached"),
        (1.0, False, "reached"),
        (1.1, False, "missed"),
        (1.1, True, "reached"),
        (0.9, True, "missed"),
    ],
)
def test_a_goal_is_reached_at_its_bound_and_beyond(value: float, at_least: bool, word: str):
    goal = Goal("goal", "s", OURS, 1.0, at_least=at_least)
    assert Verdict(goal, Spread(value, value, value)).word == word


def test_a_goal_that_was_not_measured_is_not_reached():
    verdict = Verdict(Goal("goal", "s", OURS, 1.0), None)
    assert verdict.missed
    assert verdict.word == "not measured"


def test_goals_of_measures_that_were_not_asked_for_are_left_out():
    made = results({"flow_retail": 5, "stock": 10})
    assert {cell.measure for verdict in made.verdicts() for cell in verdict.goal.cells} == {"decode"}


def test_every_goal_names_a_figure_that_is_measured_of_a_peer_that_there_is():
    for goal in GOALS:
        for cell in goal.cells:
            assert cell.figure in {figure.name for figure in MEASURES[cell.measure].FIGURES}
            assert cell.measure in PEERS[cell.peer].measures


@pytest.mark.parametrize(
    "options", [Options(quick=True), Options(only=("decode",)), Options(rounds=2), Options(batch_items=10)]
)
def test_a_partial_run_is_not_published(options: Options):
    assert not options.whole
    assert Options().whole


def test_a_goal_missed_with_one_python_is_missed():
    good, bad = results({"flow_retail": 1, "stock": 10}), results({"flow_retail": 9, "stock": 10})
    for made in (good, bad):
        made.rounds["decode"]["time"]["orjson_dicts"] = [5]
    assert not Run({}, {"3.11": good}).missed
    assert Run({}, {"3.11": good, "3.13": bad}).missed


def test_each_python_has_a_column_and_one_that_is_missing_a_reason():
    by_python = {
        "3.11": results({"flow_retail": 5, "stock": 10}),
        "3.13": results({"flow_retail": 4, "stock": 6}),
    }
    text = report.as_text(Run({}, by_python, {"3.14": "it is not on this machine"}))
    rows = [line.split() for line in text.splitlines()]
    assert ["goal", "reach", "3.11", "3.13"] in rows
    assert ["flow-retail-client", "5.00", "4.00"] in rows
    assert rows[-2][:8] == ["Decode:", "time", "≤", "0.37", "×", "stock", "(better:", "0.3)"]  # noqa: RUF001  # the sign
    assert rows[-2][8:] == ["0.50", "missed", "0.67", "missed"]
    assert "not run: Python 3.14: it is not on this machine" in text
