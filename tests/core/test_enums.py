"""Open enums, and the sentinel that is one."""

import copy
import pickle

import pytest

from flow_retail_client.models import CustomerType
from flow_retail_core.models.decoders import EnumDecoder
from flow_retail_core.models.enums import OpenIntEnum, member
from flow_retail_core.unset import UNSET


def test_enums_take_values_that_the_spec_does_not_list():
    unlisted = CustomerType("ROBOT")
    assert isinstance(unlisted, CustomerType)
    assert (unlisted.name, unlisted.value, str(unlisted)) == ("ROBOT", "ROBOT", "ROBOT")
    assert unlisted == CustomerType("ROBOT") == "ROBOT"
    assert len({unlisted, CustomerType("ROBOT")}) == 1
    assert not unlisted.is_known
    assert CustomerType.PERSON.is_known
    assert "ROBOT" not in [member.value for member in CustomerType]
    assert pickle.loads(pickle.dumps(unlisted)) == unlisted
    assert copy.deepcopy(unlisted) == unlisted
    assert pickle.loads(pickle.dumps(CustomerType.PERSON)) is CustomerType.PERSON
    with pytest.raises(ValueError, match="7"):
        CustomerType(7)


def test_integer_enums_are_open_too():
    class Level(OpenIntEnum):
        LOW = member(1)

    assert Level(7) == 7
    assert Level(7).name == "7"
    assert not Level(7).is_known
    assert Level(1).is_known
    assert Level(7).__reduce_ex__(4) == (Level, (7,))
    for wrong in (True, "1"):
        with pytest.raises(ValueError, match="Level"):
            Level("x" if wrong == "1" else "True")
    assert EnumDecoder(Level).decode(1, None) is Level.LOW


def test_unset_is_falsy_and_says_its_name():
    assert not UNSET
    assert repr(UNSET) == "UNSET"
    assert pickle.loads(pickle.dumps(UNSET)) is UNSET
