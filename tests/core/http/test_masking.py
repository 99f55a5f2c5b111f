"""A token that a server sends back is masked, in whatever form, in all that an error shows."""

import pickle

import pytest
from leaks import leaks

from flow_retail_core.errors import APIStatusError
from flow_retail_core.retry.policy import Retry

TOKEN = "s3cret/t0ken+of.Kari=="
ODD = "a\"b\\c&d<e>f'g/h+i=j%k~"

ECHOES = {
    "as it is": lambda token: token,
    "JSON": lambda token: token.replace("\\", "\\\\").replace('"', '\\"'),
    "JSON of PHP": lambda token: token.replace("\\", "\\\\").replace('"', '\\"').replace("/", "\\/"),
    "JSON of Go": lambda token: token.replace("\\", "\\\\").replace('"', '\\"').replace("&", "\\u0026")
    .replace("<", "\\u003c").replace(">", "\\u003e"),
    "JSON in capitals": lambda token: "".join(
        character if character.isalnum() else f"\\u{ord(character):04X}" for character in token
    ),
    "HTML": lambda token: token.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    .replace('"', "&quot;").replace("'", "&#39;"),
    "HTML in numbers": lambda token: "".join(
        character if character.isalnum() else f"&#x{ord(character):x};" for character in token
    ),
    "a URL": lambda token: "".join(
        character if character.isalnum() or character in "-._~" else f"%{ord(character):02X}"
        for character in token
    ),
    "a URL in small letters": lambda token: "".join(
        character if character.isalnum() or character in "-._~" else f"%{ord(character):02x}"
        for character in token
    ),
}  # fmt: skip


@pytest.mark.parametrize("form", ECHOES)
@pytest.mark.parametrize("token", [TOKEN, ODD, "eyJhbGciOi.eyJzdWIiOi.s3cret-_"])
@pytest.mark.parametrize("status", [401, 403, 500])
async def test_a_token_that_comes_back_is_masked_in_whatever_form(
    form, token, status, server, make_client, get
):
    echo = ECHOES[form](token)
    page = f"<html>Bearer {echo}</html> {echo}".encode()
    server.default = server.reply(status, body=page)
    with pytest.raises(APIStatusError) as caught:
        await make_client(token=token, retry=Retry(max_retries=0)).send(get, ("c-1",))
    assert caught.value.body == b"<html>Bearer *** ***"
    assert leaks(caught.value, token, echo) == []


@pytest.mark.parametrize("form", ["as it is", "JSON", "JSON of PHP", "JSON of Go", "JSON in capitals"])
async def test_a_token_in_the_fields_of_an_error_is_masked(form, server, make_client, get):
    token = TOKEN if form == "as it is" else ODD
    echo = ECHOES[form](token)
    body = f'{{"code": "BAD {echo}", "message": "the token {echo} is bad", "logId": "{echo}", "x": "{echo}"}}'
    server.default = server.reply(401, body=body.encode())
    with pytest.raises(APIStatusError) as caught:
        await make_client(token=token).send(get, ("c-1",))
    error = caught.value
    assert (error.code, error.message, error.log_id) == ("BAD ***", "the token *** is bad", "***")
    assert error.body == b'{"code": "BAD *** "message": "the token *** is bad", "logId": *** "x": ***'
    assert str(error) == "customers.get: 401 BAD ***: the token *** is bad (logId ***)"
    for back in (error, pickle.loads(pickle.dumps(error))):
        assert leaks(back, token, echo) == []


async def test_each_token_that_a_call_sent_is_masked(server, make_client, get):
    tokens = ["s3cret-first", "s3cret-second"]

    async def fetch(left=[*tokens]):  # noqa: B006  # used up
        return left.pop(0)

    server.default = server.reply(401, {"message": " and ".join(tokens)})
    with pytest.raises(APIStatusError) as caught:
        await make_client(token=fetch).send(get, ("c-1",))
    assert caught.value.message == "*** and ***"


@pytest.mark.parametrize("before", [0, 1, 65_530, 65_536 - len(TOKEN), 65_535, 65_536])
@pytest.mark.parametrize("many", [1, 3000])
async def test_no_part_of_a_token_is_left_where_a_body_is_clipped(before, many, server, make_client, get):
    server.default = server.reply(500, body=b"x" * before + (TOKEN.encode() + b" ") * many)
    with pytest.raises(APIStatusError) as caught:
        await make_client(token=TOKEN, retry=Retry(max_retries=0)).send(get, ("c-1",))
    body = caught.value.body
    assert len(body) <= 65_536
    assert b"s3c" not in body
    assert not body.rstrip(b" *").strip(b"x").strip(b"* ")


async def test_a_large_error_page_is_masked_in_no_time_of_note(server, make_client, get):
    server.default = server.reply(500, body=b"s3cret/" * 1_000_000)
    with pytest.raises(APIStatusError) as caught:
        await make_client(token=TOKEN, retry=Retry(max_retries=0)).send(get, ("c-1",))
    assert len(caught.value.body) > 60_000
