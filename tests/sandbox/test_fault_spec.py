"""Faults written as text and as JSON."""

import pytest

from flow_retail_sandbox import Faults, add_faults


def read(given):
    faults = Faults()
    add_faults(faults, given)
    return faults


class Added(list):
    """Takes the place of `Faults`, and shows what is added to it."""

    def add(self, *faults):
        self.extend(faults)


def read_all(given):
    add_faults(added := Added(), given)
    return added


def the_only(given):
    (fault,) = read_all(given)
    return fault


@pytest.mark.parametrize(
    ("text", "fault_type", "operation", "count", "options"),
    [
        ("503", "status", None, 1, {"status": 503}),
        (
            "503*2@customers.list,retry_after=1",
            "status",
            "customers.list",
            2,
            {"status": 503, "retry_after": 1},
        ),
        ("429,retry_after=date:5", "status", None, 1, {"status": 429, "retry_after": "date:5"}),
        ("latency*always,seconds=0.2", "latency", None, None, {"seconds": 0.2}),
        (
            "truncate_body@GET /tenants/{tenantUid}/customers",
            "truncate_body",
            "GET /tenants/{tenantUid}/customers",
            1,
            {},
        ),
        (
            "batch_refusal,uids=a|b,unmatched=yes",
            "batch_refusal",
            None,
            1,
            {"uids": ("a", "b"), "unmatched": True},
        ),
        ("latency\n", "latency", None, 1, {"seconds": 0.1}),
        (" page_base , base=0 ", "page_base", None, 1, {"base": 0}),
        ({"type": "503", "after": 2, "operation": None}, "status", None, 1, {"status": 503}),
        ({"type": "latency", "count": None, "seconds": 1}, "latency", None, None, {"seconds": 1.0}),
        ('{"type": "batch_refusal", "uids": ["a"]}', "batch_refusal", None, 1, {"uids": ("a",)}),
        (["not_json"], "not_json", None, 1, {}),
        ({"type": "status", "retry_after": 5}, "status", None, 1, {"retry_after": 5}),
    ],
)
def test_a_fault_is_read(text, fault_type, operation, count, options):
    fault = the_only(text)
    assert (fault.type, fault.operation, fault.remaining) == (fault_type, operation, count)
    assert {name: getattr(fault.options, name) for name in options} == options


def test_several_faults_a_script_and_chance_are_read_together():
    single, script, chance = read_all(
        "503; script=503|ok|reset_before@customers.list; random=429|truncate_body,seed=7,rate=0.5;"
    )
    assert single.type == "status"
    assert [step and step.type for step in script.steps] == ["status", None, "reset_before"]
    assert script.operation == "customers.list"
    assert [fault.type for fault in chance.steps] == ["status", "truncate_body"]
    assert "rate=0.5" in repr(chance)


def test_a_script_and_chance_are_read_from_json():
    script, chance = read_all(
        [{"script": ["503", None, {"type": "latency", "seconds": 0.1}]}, {"random": ["500"]}]
    )
    assert len(script.steps) == 3
    assert "rate=0.1" in repr(chance)


@pytest.mark.parametrize(
    "wrong",
    [
        "earthquake", "503*x", "503*0", "latency,seconds=long",
        "status,status=99", "503,colour=red", "=", "503,", "[1",
        '"503"', "7", {"type": 7}, {"type": "status", "status": "503"}, {"type": "status", "status": 200},
        {"type": "latency", "seconds": True}, {"type": "records_removed", "uids": "a"}, {"script": "503"},
        {"script": [7]}, {"script": ["503"], "seed": 1}, {"random": ["503"], "rate": 2}, [["503"]], {},
        {"type": "status", "retry_after": "a\r\nb"}, {"type": "status", "retry_after": "date:soon"},
        {"type": "truncate_body", "part": 1}, {"type": "page_base", "base": 2},
        {"type": "records_removed", "where": "middle"},
        {"type": "batch_refusal", "shape": "round"}, {"type": "page_size_clamp", "size": 0},
        {"type": "status", "x": None},
        {"type": "unknown_enum", "item": -1}, {"type": "latency", "seconds": -1},
        {"type": "status", "after": -1}, {"script": ["503"], "operation": "nope"}, "random=503@nope",
    ],
)  # fmt: skip
def test_what_cannot_be_understood_is_refused_and_nothing_is_added(wrong):
    faults = Faults()
    with pytest.raises(ValueError, match=r"."):
        add_faults(faults, [{"type": "503"}, wrong] if isinstance(wrong, dict) else wrong)
    assert faults.active() == []


def test_no_faults_are_no_faults():
    assert read("").active() == []
    assert read([]).active() == []
