"""What can't be found is expected in two sentences, wherever it is expected."""

import pickle

from flow_retail_records.errors import UnknownResourceError


def test_it_tells_the_problem_and_the_remedy() -> None:
    error = UnknownResourceError("There is no resource 'x'.", "Choose one of: customers.")
    assert str(error) == "There is no resource 'x'. Choose one of: customers."
    assert isinstance(error, ValueError)


def test_it_survives_the_way_to_another_process() -> None:
    error = pickle.loads(pickle.dumps(UnknownResourceError("No.", "Try yes.")))
    assert (error.problem, error.remedy, str(error)) == ("No.", "Try yes.", "No. Try yes.")
