"""A tenant there and back through Spark: under faults, and with executors lost."""

import asyncio
import os
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sandbox_process import CUSTOMERS, TENANT, TOKEN, SandboxProcess

from flow_retail_client import FlowRetail
from flow_retail_spark import read_reports, write_reports

NOTE = "Was here on the way through Spark"
MISFITS = 40
"""Rows of the written frame that are unfit: half of them to the API, half already to us."""
FAULTS = "random=500|503|429|reset_before|reset_after|truncate_body|html_error,seed=7,rate=0.2"


def stored(sandbox: SandboxProcess) -> dict[str, tuple[str, str | None]]:
    """What the sandbox holds: type and note of each customer, by uid; read without Spark."""

    async def read() -> dict[str, tuple[str, str | None]]:
        found: dict[str, tuple[str, str | None]] = {}
        async with FlowRetail(tenant=TENANT, token=TOKEN, base_url=sandbox.base_url) as flow:
            async for customer in flow.customers.list(page_size=500, prefetch=4):
                assert customer.customer_uid not in found
                note = customer.internal_note
                found[customer.customer_uid] = (
                    customer.customer_type.value,
                    note if isinstance(note, str) else None,
                )
        return found

    return asyncio.run(read())


@contextmanager
def killing_executors(spark: Any, sandbox: SandboxProcess, after: dict[str, int]) -> Iterator[list[int]]:
    """Kill an executor, once for each operation, at so many responses of the sandbox."""
    killed: list[int] = []
    over = threading.Event()

    def executors() -> list[int]:
        # In a local cluster the driver's process starts those of the executors.
        handles = spark._jvm.java.lang.ProcessHandle.current().descendants().toArray()
        return [handle.pid() for handle in handles if handle.info().command().orElse("").endswith("java")]

    def watch() -> None:
        waiting = dict(after)
        while waiting and not over.wait(0.05):
            responses = sandbox.requests()["byOperation"]
            for operation, least in list(waiting.items()):
                if responses.get(operation, 0) >= least and (running := executors()):
                    os.kill(running[0], signal.SIGKILL)
                    killed.append(running[0])
                    del waiting[operation]

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield killed
    finally:
        over.set()
        watcher.join()


def there_and_back(spark: Any, sandbox: SandboxProcess, folder: Path, before: dict[str, Any]) -> int:
    """Read all, aggregate, write all back with a note, compare each count; how many faults there were."""
    from pyspark.sql import functions as f

    reports, rejects = str(folder / "reports"), str(folder / "rejects")
    customers = spark.read.format("flow_retail").option("resource", "customers")
    customers = customers.option("report_path", reports).load()
    aggregated = {
        row["customerType"]: row["count"] for row in customers.groupBy("customerType").count().collect()
    }
    assert aggregated == Counter(type_ for type_, _ in before.values())
    (read,) = read_reports(reports)
    assert (read.partitions, read.finished, read.records) == (10, 10, CUSTOMERS)
    assert read.complete, read

    number = f.abs(f.xxhash64("customerUid"))
    unfit = [row["customerUid"] for row in customers.orderBy(number).limit(MISFITS).collect()]
    frame = (
        customers.withColumn("internalNote", f.lit(NOTE))
        .withColumn(
            "customerType",
            f.when(f.col("customerUid").isin(unfit[::2]), "NO_SUCH_TYPE").otherwise(f.col("customerType")),
        )
        .withColumn(
            "customerUid",
            f.when(f.col("customerUid").isin(unfit[1::2]), None).otherwise(f.col("customerUid")),
        )
    )
    write = frame.write.format("flow_retail").mode("append").option("resource", "customers")
    write = write.option("mode", "upsert").option("rejects_path", rejects).option("report_path", reports)
    write.save()

    (written,) = write_reports(reports)
    assert written.finished
    assert written.rows == CUSTOMERS
    assert written.succeeded + written.failed + written.unknown == CUSTOMERS
    assert (written.failed, written.unknown) == (MISFITS, 0)
    rejected = spark.read.parquet(rejects).collect()
    assert len(rejected) == MISFITS
    assert Counter(row["status"] for row in rejected) == {"failed": MISFITS}
    assert {row["uid"] for row in rejected if row["uid"]} == set(unfit[::2])
    assert all(row["reason"] and row["input"] for row in rejected)

    injected = sandbox.calm()
    after = stored(sandbox)
    assert after.keys() == before.keys()
    noted = {uid for uid, (_, note) in after.items() if note == NOTE}
    assert noted == before.keys() - set(unfit)
    return injected


def test_a_tenant_goes_there_and_back_with_a_fifth_of_all_requests_failing(
    start_spark: Callable[..., Any], fresh_sandbox: SandboxProcess, tmp_path: Path
) -> None:
    sandbox = fresh_sandbox
    before = stored(sandbox)
    assert len(before) == CUSTOMERS
    spark = start_spark("local[2,4]")
    sandbox.faults(FAULTS)
    # A read of 500 pages and a write of 200 chunks, of which a fifth of all requests failed.
    assert there_and_back(spark, sandbox, tmp_path, before) > 100


def test_a_tenant_goes_there_and_back_though_an_executor_is_killed_while_reading_and_while_writing(
    start_spark: Callable[..., Any], fresh_sandbox: SandboxProcess, tmp_path: Path
) -> None:
    sandbox = fresh_sandbox
    before = stored(sandbox)
    spark = start_spark("local-cluster[2,1,1024]", **{"spark.executor.memory": "1g"})
    sandbox.forget_requests()
    with killing_executors(spark, sandbox, after={"customers.list": 200, "customers.batch": 50}) as killed:
        there_and_back(spark, sandbox, tmp_path, before)
    assert len(killed) == 2
