"""What Spark shows, pushes down and runs at a time; small reads, each on a Spark of its own."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sandbox_process import CUSTOMERS, TOKEN, SandboxProcess

PUSHDOWN = "spark.sql.python.filterPushdown.enabled"


def load(spark: Any, resource: str, **options: str) -> Any:
    reader = spark.read.format("flow_retail").option("resource", resource)
    for name, value in options.items():
        reader = reader.option(name, value)
    return reader.load()


def test_every_type_of_list_can_be_read(start_spark: Callable[..., Any], sandbox: SandboxProcess) -> None:
    spark = start_spark("local[2]")
    counts = sandbox.state()
    groups = load(spark, "customer_groups").collect()
    assert len(groups) == counts["customer-groups"]
    assert load(spark, "customer_contacts", page_size="500").count() == counts["customer-contacts"]
    members = load(spark, "customer_groups.list_customers", customer_group_uid=groups[0]["customerGroupUid"])
    assert {row["customerUid"] for row in members.collect()} == {
        row["customerUid"]
        for row in load(spark, "customers", page_size="500")
        .select("customerUid", "customerGroupUids")
        .collect()
        if groups[0]["customerGroupUid"] in row["customerGroupUids"]
    }


def test_the_token_is_in_nothing_that_spark_keeps_or_shows(
    start_spark: Callable[..., Any], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    spark = start_spark("local[2]")
    spark.sparkContext.setLogLevel("INFO")
    groups = load(spark, "customer_groups", report_path=str(tmp_path / "reports"))
    groups.explain(extended=True)
    groups.write.parquet(str(tmp_path / "groups"))
    customers = load(spark, "customers", customer_external_id="nobody")
    write = customers.select("customerUid", "customerType").write.format("flow_retail").mode("append")
    write = write.option("resource", "customers").option("mode", "upsert")
    write.option("rejects_path", str(tmp_path / "rejects")).save()
    with pytest.raises(Exception, match="option token") as refused:
        load(spark, "customers", token=TOKEN)
    plan = groups._jdf.queryExecution().toString()
    spark.stop()
    shown = capfd.readouterr()
    kept = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert any(b"SparkListenerJobStart" in content for content in kept)
    assert not [content for content in kept if TOKEN.encode() in content]
    assert "flow_retail" in plan
    for text in (plan, shown.out, shown.err, str(refused.value)):
        assert TOKEN not in text


@pytest.mark.parametrize("push", ["on", "off"])
def test_a_filter_is_pushed_down_where_that_is_asked_for(
    start_spark: Callable[..., Any], sandbox: SandboxProcess, push: str
) -> None:
    spark = start_spark("local[2]", **{PUSHDOWN: "true"})
    some = load(spark, "customers", page_size="500").where("externalId is not null").first()["externalId"]
    customers = load(spark, "customers", page_size="500", push_filters=push)
    sandbox.forget_requests()
    found = customers.where(customers.externalId == some).collect()
    assert {row["externalId"] for row in found} == {some}
    asked = [request["query"] for request in sandbox.requests()["latest"]]
    pushed = push == "on"
    assert all(("customerExternalId" in query) == pushed for query in asked)
    assert (len(asked) < 5) == pushed
    if not pushed:
        # Spark would give a reader that filters were pushed to also to this query.
        assert customers.count() == CUSTOMERS


def test_the_rate_is_that_of_the_whole_job(start_spark: Callable[..., Any], sandbox: SandboxProcess) -> None:
    spark = start_spark("local[2]")
    customers = load(
        spark,
        "customers",
        page_size="500",
        pages_per_partition="20",
        requests_per_second="40",
        tasks_in_flight="2",
    )
    sandbox.forget_requests()
    started = time.monotonic()
    assert customers.count() == CUSTOMERS
    taken = time.monotonic() - started
    asked = sandbox.requests()["total"]
    # A bound from below, which no slow machine can break: 10 tasks, of which each begins with a free request.
    assert taken > (asked - 20) / 40
    assert asked >= 200


def test_a_wrong_option_is_reported_where_the_program_can_see_it(start_spark: Callable[..., Any]) -> None:
    spark = start_spark("local[2]")
    for options, message in (
        ({"resource": "customer"}, "There is no resource 'customer'. Choose one of: customers,"),
        ({"resource": "customers", "page_sise": "5"}, "did you mean page_size"),
    ):
        reader = spark.read.format("flow_retail").options(**options)
        with pytest.raises(Exception, match=message):
            reader.load().count()
