"""What ends up in logs: attempts and waits, and nothing that may be secret."""

import logging
import os
import re
import subprocess
import sys

import httpx
import pytest

from flow_retail_core.errors import FlowRetailError


@pytest.mark.parametrize("over", ["own", "stock", "http_client", "httpx2", "aiohttp"], indirect=True)
async def test_no_log_record_holds_token_query_value_uid_or_body(over, server, create, get, caplog, token):
    secrets = (token, "query-value", "uid-of-kari", "body-text")
    flow = over()
    with caplog.at_level(logging.DEBUG):
        server.script = [server.reply(503), server.close, server.reply(200, {"a": 1})]
        await flow.send(get, ("uid-of-kari",), query={"q": "query-value"})
        server.script = [server.reply(409, {"message": "no"})]
        with pytest.raises(FlowRetailError):
            await flow.send(create, query={"q": "query-value"}, content=b'{"name": "body-text"}')
        await flow.request("GET", "/uid-of-kari")
    text = "\n".join(f"{record.getMessage()} {record.args!r}" for record in caplog.records)
    assert "customers.get: attempt 1: 503; next attempt in 0.5 s" in text
    if over.is_client:
        assert "GET customers.get " in text
    for secret in secrets:
        assert secret not in text


async def test_other_requests_of_a_users_http_client_are_logged_as_ever(server, make_client, get, caplog):
    async with httpx.AsyncClient() as http_client:
        await make_client(http_client=http_client).send(get, ("c-1",))
        with caplog.at_level(logging.INFO, "httpx"):
            await http_client.get(f"{server.url}/theirs?x=1")
    assert "/theirs?x=1" in caplog.text


PROGRAM = """
import logging
import os
import re
import subprocess
import sys
from flow_retail_client import FlowRetail
{before}
for _ in range(2):
    FlowRetail(tenant="acme", token="t-1", base_url="https://api.example.com")
log = logging.getLogger("flow_retail_client")
log.debug("a detail")
log.info("a retry")
"""


def logged(level, before=""):
    environment = {**os.environ, "FLOW_RETAIL_LOG": level}
    command = [sys.executable, "-c", PROGRAM.format(before=before)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False).stderr


def test_flow_retail_log_shows_the_log_of_a_program_that_sets_none_up():
    time = r"[\d-]+ [\d:,]+"
    log = f"{time} DEBUG flow_retail_client: a detail\n{time} INFO flow_retail_client: a retry\n"
    assert re.fullmatch(log, logged("debug"))
    assert "a detail" not in logged("INFO")
    assert logged("") == ""


def test_flow_retail_log_adds_to_the_log_of_a_program_that_has_one_nothing_but_the_level():
    before = "logging.basicConfig(format='%(message)s', level='WARNING')"
    assert logged("info", before) == "a retry\n"


def test_flow_retail_log_names_the_levels_when_it_is_none_of_them():
    assert "ValueError: FLOW_RETAIL_LOG must be one of debug, info, warning, error" in logged("verbose")
