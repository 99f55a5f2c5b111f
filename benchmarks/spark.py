"""What reading and writing through Spark costs, beside the client alone: `python benchmarks/spark.py`.

A bare server in a process of its own answers pages after 50 ms, as a real one would, and batches at once.
Each way is taken in turn, several times; the medians are printed. No goal is held against them: Spark is for
the work around the records, and this tells what their way through it costs.
"""

import argparse
import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from statistics import median
from typing import Any

from pyspark.sql import SparkSession

from benchmarks import data
from benchmarks.server import TENANT, served
from flow_retail_client import FlowRetail
from flow_retail_client.models import CustomerCreate, CustomerType
from flow_retail_spark import FlowRetailDataSource

LATENCY = 0.05
PREFETCH = 8
NOTE = "Read by the yearly job"


class Ways:
    """The ways to read and to write that are compared.

    Args:
        base_url: Where the server is.
        customers: How many there are.
        spark: The session, started.
    """

    def __init__(self, base_url: str, customers: int, spark: Any) -> None:
        self._base_url = base_url
        self._customers = customers
        self._spark = spark

    def all(self) -> dict[str, Callable[[], int]]:
        """Each way by what it is called."""
        return {
            f"read, the client alone, prefetch={PREFETCH}": self.read_alone,
            "read, Spark": self.read,
            "upsert, the client alone": self.upsert_alone,
            "upsert, Spark": self.upsert,
        }

    def read_alone(self) -> int:
        """Read every customer with the client."""

        async def read() -> int:
            async with FlowRetail(tenant=TENANT, token="bench", base_url=self._base_url) as flow:
                customers = flow.customers.list(page_size=data.PAGE_SIZE, prefetch=PREFETCH)
                return len([customer.customer_uid async for customer in customers])

        return asyncio.run(read())

    def read(self) -> int:
        """Read every customer with Spark, each column of each."""
        frame = self._load()
        # Counting alone would need no column; this sends all of them through Spark.
        frame.write.format("noop").mode("overwrite").save()
        return self._customers

    def upsert_alone(self) -> int:
        """Upsert as many with the client."""

        async def upsert() -> int:
            items = (
                CustomerCreate(customer_type=CustomerType.B2B, customer_uid=f"c-{n}", internal_note=NOTE)
                for n in range(self._customers)
            )
            async with (
                FlowRetail(tenant=TENANT, token="bench", base_url=self._base_url) as flow,
                flow.customers.batch_stream(upsert=items) as outcomes,
            ):
                return len([outcome.status async for outcome in outcomes])

        return asyncio.run(upsert())

    def upsert(self) -> int:
        """Upsert as many rows with Spark."""
        rows = self._spark.range(self._customers).selectExpr(
            "concat('c-', id) AS customerUid", "'B2B' AS customerType", f"'{NOTE}' AS internalNote"
        )
        with tempfile.TemporaryDirectory() as rejects:
            write = rows.write.format("flow_retail").mode("append").option("resource", "customers")
            write = write.option("mode", "upsert").option("rejects_path", rejects)
            write.option("base_url", self._base_url).option("tenant", TENANT).save()
        return self._customers

    def _load(self) -> Any:
        reader = self._spark.read.format("flow_retail").option("resource", "customers")
        reader = reader.option("base_url", self._base_url).option("tenant", TENANT)
        return reader.option("page_size", str(data.PAGE_SIZE)).load()


@contextmanager
def session() -> Generator[Any]:
    """Start Spark, and tell how long that took."""
    os.environ.update(PYSPARK_PYTHON=sys.executable, FLOW_RETAIL_TOKEN="bench", SPARK_LOCAL_IP="127.0.0.1")
    started = time.perf_counter()
    spark = (
        SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .getOrCreate()
    )
    spark.sparkContext.setLogLevel("ERROR")
    spark.dataSource.register(FlowRetailDataSource)
    spark.range(1).count()
    print(f"Spark was ready after {time.perf_counter() - started:.1f} s")
    try:
        yield spark
    finally:
        spark.stop()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args()
    taken: dict[str, list[float]] = {}
    with served(customers=chosen.customers, latency=LATENCY) as base_url, session() as spark:
        ways = Ways(base_url, chosen.customers, spark).all()
        # One more, which warms up the JVM and its Python workers, and does not count.
        for number in range(chosen.rounds + 1):
            for name, way in ways.items():
                started = time.perf_counter()
                assert way() == chosen.customers
                if number:
                    taken.setdefault(name, []).append(time.perf_counter() - started)
    for name, seconds in taken.items():
        rate = chosen.customers / median(seconds)
        print(
            f"{name:<40} {median(seconds):6.1f} s ({min(seconds):.1f} to {max(seconds):.1f}) {rate:>9,.0f}/s"
        )


if __name__ == "__main__":
    main()
