"""The sandbox as a process, on a thread and as an ASGI application."""

import asyncio
import contextlib
import gc
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from flow_retail_sandbox import Sandbox, create_app, run_sandbox
from flow_retail_sandbox.__main__ import main
from flow_retail_sandbox.faults.fault import STAGES
from flow_retail_sandbox.server.server import listen

TOKEN = {"authorization": "Bearer sandbox-token-acme"}
ADMIN_TOKEN = "opens-the-admin-endpoints"
ADMIN = {"authorization": f"Bearer {ADMIN_TOKEN}"}


def start(*arguments: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    environment["FLOW_RETAIL_SANDBOX_ADMIN_TOKEN"] = ADMIN_TOKEN
    return subprocess.Popen(
        [sys.executable, "-m", "flow_retail_sandbox", "--port", "0", *arguments],
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_command_prints_its_url_serves_and_stops_cleanly(number, tmp_path):
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
    monkeypatch.setattr("time.sleep", lambda _: signal.raise_signal(signal.SIGTERM))
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
        (["--faults", "503@customer.list"], "did you mean 'customers.list'?"),
        (["--faults", '[{"type": "status"'], "the faults begin like JSON but are not"),
        (["--faults", "@no-such-file"], "argument --faults: @no-such-file: No such file"),
        (["--customers", "-1"], "no negative number of customers"),
        (["--max-page-size", "0"], "a max_page_size of at least 1"),
        (["--port", "70000"], "argument --port: 127.0.0.1:70000: a port is a number from 0 to 65535"),
        (["--port", "http"], "argument --port: invalid int value: 'http'"),
    ],
)
def test_a_wrong_argument_is_refused_by_name(arguments, message, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["--port", "0", *arguments])
    assert stopped.value.code == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("database", "reason"),
    [
        ("missing/s.db", "unable to open"),
        ("text.db", "not a database"),
        ("other.db", "not one of the sandbox's"),
        ("used.db", "locked"),
    ],
)
def test_a_database_that_cannot_be_used_is_reported_with_the_remedy(database, reason, tmp_path, capsys):
    (tmp_path / "text.db").write_text("This is no database.\n" * 100, encoding="utf-8")
    with contextlib.closing(sqlite3.connect(tmp_path / "other.db")) as other:
        other.execute("CREATE TABLE somebody_elses (id INTEGER)")
    with (
        contextlib.closing(Sandbox(database=str(tmp_path / "used.db"), customers=1)),
        pytest.raises(SystemExit) as stopped,
    ):
        main(["--port", "0", "--database", str(tmp_path / database)])
    assert stopped.value.code == 2
    told = capsys.readouterr().err
    assert f"error: {tmp_path / database}: " in told
    assert reason in told
    assert "name a file that" in told


def test_faults_are_read_from_a_file(monkeypatch, capsys, tmp_path):
    scripted = tmp_path / "faults.json"
    scripted.write_text('{"script": ["503", null, "reset_before"]}', encoding="utf-8")
    planned = []
    monkeypatch.setattr("flow_retail_sandbox.__main__.add_faults", lambda _, given: planned.append(given))
    run_main(monkeypatch, capsys, "--faults", f"@{scripted}")
    assert planned == [scripted.read_text(encoding="utf-8")]
    scripted.write_bytes(b"\xff\xfe")
    with pytest.raises(SystemExit):
        main(["--port", "0", "--faults", f"@{scripted}"])
    assert "'utf-8' codec can't decode" in capsys.readouterr().err


def test_an_interrupt_while_customers_are_made_up_ends_the_command_without_a_traceback(monkeypatch, capsys):
    def interrupted(**_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("flow_retail_sandbox.__main__.Sandbox", interrupted)
    with pytest.raises(SystemExit) as stopped:
        main(["--port", "0"])
    assert stopped.value.code == 130
    assert capsys.readouterr() == ("", "")


def test_random_faults_of_the_command_are_the_same_for_the_same_seed():
    def statuses(seed: int) -> list[int]:
        faults = f"random=503|500@customers.get,seed={seed},rate=0.4"
        with start("--customers", "1", "--faults", faults) as process:
            url = f"{process.stdout.readline().strip()}/tenants/acme/customers/customer-00001"
            with httpx.Client(headers=TOKEN) as client:
                found = [client.get(url).status_code for _ in range(30)]
                faults_url = url.partition("/v2")[0] + "/__sandbox__/faults"
                injected = client.get(faults_url, headers=ADMIN).json()["injected"]
            process.terminate()
            assert process.wait(timeout=10) == 0
        assert [fault["detail"] for fault in injected] == [status for status in found if status != 200]
        return found

    first = statuses(7)
    assert set(first) == {200, 500, 503}
    assert statuses(7) == first
    assert statuses(8) != first


def test_a_port_that_is_taken_is_reported(capsys):
    with listen("127.0.0.1", 0) as taken, pytest.raises(SystemExit) as stopped:
        main(["--port", str(taken.getsockname()[1])])
    assert stopped.value.code == 2
    told = capsys.readouterr().err
    assert "argument --port: 127.0.0.1:" in told
    assert "choose another, or 0 for a free one" in told


def test_without_its_extra_the_command_names_it_and_shows_no_traceback():
    program = "import sys; sys.modules['starlette'] = None; from flow_retail_sandbox.__main__ import main"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    ended = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == (
        "flow-retail-sandbox: the sandbox needs starlette, which is not installed:"
        ' pip install "flow-retail-client[sandbox]"\n'
    )


def test_the_help_names_tokens_and_the_form_of_faults(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    text = capsys.readouterr().out
    assert "sandbox-token-acme" in text
    assert "503*2@customers.list" in text
    assert all(f"\n    {name} " in text for name in STAGES)


def test_the_command_goes_by_the_name_that_it_is_called_by(capsys):
    with pytest.raises(SystemExit):
        main(["--port", "0", "--faults", "earthquake"], prog="flow-retail sandbox")
    assert "(what is possible: flow-retail sandbox --help)" in capsys.readouterr().err


def test_many_clients_are_served_at_once():
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


def test_no_response_is_held_back_by_nagles_algorithm():
    with listen("127.0.0.1", 0) as listening, socket.create_connection(listening.getsockname()):
        connection, _ = listening.accept()
        with connection:
            assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


@pytest.mark.parametrize(
    ("faults", "missing"),
    [("latency,seconds=3000", 0), ("", 1)],
    ids=["a fault holds it back", "its body has not come"],
)
def test_a_sandbox_stops_in_silence_although_a_request_is_still_going_on(faults, missing, caplog, capfd):
    body = b'{"query": "a"}'
    head = "POST /v2/tenants/acme/customers/search HTTP/1.1\r\nhost: localhost\r\n"
    head += f"content-length: {len(body)}\r\n"
    secret = f"authorization: {TOKEN['authorization']}\r\ncontent-type: application/json\r\n\r\n"
    with run_sandbox(customers=1, faults=faults) as sandbox:
        host, port = sandbox.base_url.removeprefix("http://").removesuffix("/v2").split(":")
        connection = socket.create_connection((host, int(port)), timeout=10)
        connection.sendall(head.encode() + secret.encode() + body[missing:])
        while not sandbox.sandbox.requests.in_flight:
            pass
    with connection:
        assert connection.recv(1) == b""
    assert sandbox.sandbox.requests.in_flight == 0
    # uvicorn would tell both that it waits and that it cancels.
    assert (caplog.messages, capfd.readouterr().err) == ([], "")


def test_a_sandbox_that_stops_while_clients_connect_leaves_no_connection_open():
    connected: list[socket.socket] = []

    def connect(port: int, first: threading.Event) -> None:
        with contextlib.suppress(OSError):
            while True:
                connected.append(socket.create_connection(("127.0.0.1", port), 10))
                first.set()

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for _ in range(10):
            first = threading.Event()
            with run_sandbox(customers=0) as running:
                port = int(running.base_url.split(":")[2].split("/")[0])
                client = threading.Thread(target=connect, args=(port, first))
                client.start()
                assert first.wait(20)
            client.join()
            for each in connected:
                each.close()
            connected.clear()
        gc.collect()
    assert not [str(each.message) for each in caught]


def test_a_running_sandbox_names_what_a_client_needs(sandbox):
    assert (sandbox.tenant, sandbox.token, sandbox.user_token) == (
        "acme",
        "sandbox-token-acme",
        "sandbox-user-acme",
    )
    assert sandbox.admin_url == sandbox.base_url.removesuffix("v2") + "__sandbox__"
    assert sandbox.requests is sandbox.sandbox.requests


def test_a_server_that_cannot_start_is_an_error_and_no_endless_wait(monkeypatch):
    def give_up(*_: object, **__: object) -> None:
        raise SystemExit(1)

    monkeypatch.setattr("uvicorn.Config.__init__", give_up)
    with pytest.raises(SystemExit), run_sandbox(customers=1):
        pass


def test_faults_that_cannot_be_understood_leave_no_sandbox_behind():
    with pytest.raises(ValueError, match="earthquake"), run_sandbox(customers=1, faults="earthquake"):
        pass
    gc.collect()  # an open database would be a warning, and so an error


def test_a_response_leaves_in_one_piece(sandbox):
    host, port = sandbox.base_url.removeprefix("http://").removesuffix("/v2").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(b"GET /v2/tenants/acme/customers/nobody HTTP/1.1\r\nhost: localhost\r\n\r\n")
        assert connection.recv(65_536).endswith(b"}")


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
    app = create_app(customers=1, admin_token=ADMIN_TOKEN)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://sandbox", headers=ADMIN) as client:
        assert (await client.get("/__sandbox__/health")).json()["status"] == "ok"
    app.sandbox.close()
