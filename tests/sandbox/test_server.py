"""The sandbox as a process, on a thread, as an ASGI application and as a pytest fixture."""

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from flow_retail_sandbox import RunningSandbox, create_app, run_sandbox
from flow_retail_sandbox.__main__ import main
from flow_retail_sandbox.server import base_url, listen

TOKEN = {"authorization": "Bearer sandbox-token-acme"}


def start(*arguments: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.Popen(
        [sys.executable, "-m", "flow_retail_sandbox", "--port", "0", *arguments],
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_command_prints_its_url_answers_and_stops_cleanly(number, tmp_path):
    with start("--customers", "12", "--page-base", "1", "--database", str(tmp_path / "s.db")) as process:
        url = process.stdout.readline().strip()
        assert re.fullmatch(r"http://127\.0\.0\.1:[0-9]+/v2", url)
        paging = httpx.get(f"{url}/tenants/acme/customers", headers=TOKEN).json()["paging"]
        assert paging == {"totalCount": 12, "pageSize": 50, "pageNumber": 1}
        process.send_signal(number)
        assert process.wait(timeout=10) == 0
        assert process.stdout.read() == ""


def run_main(monkeypatch, capsys, *arguments: str) -> str:
    """Run the command in this process and stop it as soon as it listens."""
    monkeypatch.setattr(
        "flow_retail_sandbox.__main__.base_url",
        lambda listening: signal.raise_signal(signal.SIGTERM) or base_url(listening),
    )
    main(["--port", "0", "--customers", "5", *arguments])
    return capsys.readouterr().out


def test_the_command_takes_faults(monkeypatch, capsys):
    assert run_main(monkeypatch, capsys, "--faults", "503@customers.list", "--max-page-size", "5").startswith(
        "http://127.0.0.1:"
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--faults", "earthquake"], "no fault is called 'earthquake'"),
        (["--customers", "-1"], "cannot be negative"),
        (["--max-page-size", "0"], "at least 1"),
        (["--port", "70000"], "65535"),
    ],
)
def test_a_wrong_argument_is_refused_by_name(arguments, message, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["--port", "0", *arguments])
    assert stopped.value.code == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("database", ["missing/s.db", "text.db"])
def test_a_database_that_cannot_be_used_is_told(database, tmp_path, capsys):
    (tmp_path / "text.db").write_text("This is no database.\n" * 100, encoding="utf-8")
    with pytest.raises(SystemExit) as stopped:
        main(["--port", "0", "--database", str(tmp_path / database)])
    assert stopped.value.code == 2
    assert "argument --database" in capsys.readouterr().err


def test_a_port_that_is_taken_is_told(capsys):
    with listen("127.0.0.1", 0) as taken, pytest.raises(SystemExit) as stopped:
        main(["--port", str(taken.getsockname()[1])])
    assert stopped.value.code == 2
    assert "cannot listen on 127.0.0.1" in capsys.readouterr().err


def test_the_help_names_tokens_and_the_form_of_faults(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    text = capsys.readouterr().out
    assert "sandbox-token-acme" in text
    assert "503*2@customers.list" in text


def test_many_clients_are_answered_at_once():
    with run_sandbox(customers=20, faults="latency*always@customers.get,seconds=0.05") as sandbox:
        url = f"{sandbox.base_url}/tenants/acme/customers/customer-00001"
        with httpx.Client(headers=TOKEN) as client, ThreadPoolExecutor(8) as pool:
            statuses = list(pool.map(lambda _: client.get(url).status_code, range(24)))
        assert statuses == [200] * 24
        assert sandbox.sandbox.requests.most_in_flight > 1


def test_a_sandbox_listens_on_ipv6_too():
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6")
    with run_sandbox(host="::1", customers=1) as sandbox:
        assert sandbox.base_url.startswith("http://[::1]:")
        assert httpx.get(f"{sandbox.base_url}/tenants/acme/customers", headers=TOKEN).status_code == 200


def test_a_small_answer_is_not_held_back_by_nagles_algorithm(sandbox):
    with listen("127.0.0.1", 0) as listening:
        assert listening.proto == socket.IPPROTO_TCP
    assert sandbox.tenant == "acme"


def test_a_sandbox_stops_although_a_request_is_still_going_on():
    began = threading.Event()

    def ask(url: str) -> None:
        with httpx.Client(headers=TOKEN, timeout=30) as client, client.stream("GET", url):
            pass

    def call(url: str) -> None:
        began.set()
        try:
            ask(url)
        except httpx.HTTPError:
            return

    with run_sandbox(customers=1, faults="latency,seconds=20") as sandbox:
        caller = threading.Thread(target=call, args=(f"{sandbox.base_url}/tenants/acme/customers",))
        caller.start()
        began.wait()
        while not sandbox.sandbox.requests.in_flight:
            pass
    caller.join(timeout=10)
    assert not caller.is_alive()


def test_the_fixture_gives_a_running_sandbox(flow_retail_sandbox: RunningSandbox):
    url = f"{flow_retail_sandbox.base_url}/tenants/{flow_retail_sandbox.tenant}/customers"
    headers = {"authorization": f"Bearer {flow_retail_sandbox.token}"}
    assert httpx.get(url, headers=headers).json()["paging"]["totalCount"] == 250
    assert flow_retail_sandbox.user_token == "sandbox-user-acme"


async def test_the_application_follows_the_lifespan_protocol():
    app = create_app(customers=1)
    sent: list[str] = []
    incoming = iter(["lifespan.startup", "lifespan.shutdown"])

    async def receive():
        await asyncio.sleep(0)
        return {"type": next(incoming)}

    async def send(message):
        await asyncio.sleep(0)
        sent.append(message["type"])

    await app({"type": "lifespan"}, receive, send)
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    app.sandbox.close()


async def test_the_application_serves_the_admin_endpoints_too():
    app = create_app(customers=1)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://sandbox") as client:
        assert (await client.get("/__sandbox__/health")).json()["status"] == "ok"
    app.sandbox.close()
