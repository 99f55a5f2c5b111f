"""Certificates: those of servers are checked, and authorities can come from the environment."""

import shutil
import subprocess

import pytest

from flow_retail_core.errors import APIConnectionError
from flow_retail_core.transports.tls import tls_context

FAR = {"production": "https://api.example.com/v2"}

ours = pytest.mark.parametrize("transport", [None, "aiohttp"])
tls = pytest.mark.parametrize("server", ["https"], indirect=True)


@tls
@ours
async def test_a_certificate_that_no_one_trusts_is_refused_and_not_tried_again(
    transport, server, make_client, create
):
    flow = make_client(transport=transport)
    with pytest.raises(APIConnectionError) as caught:
        await flow.send(create, content=b"{}")
    said = "TLS certificate not accepted: unable to get local issuer certificate"
    assert str(caught.value) == f"customers.create: no connection: {said}"
    assert (caught.value.attempts, caught.value.may_have_been_processed) == (1, False)
    assert server.seen == []


@tls
@ours
async def test_a_certificate_for_another_host_is_refused(
    transport, server, make_client, get, authority, tmp_path, monkeypatch
):
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    url = server.url.replace("localhost", "127.0.0.1")
    flow = make_client(environments={"production": url}, transport=transport)
    with pytest.raises(
        APIConnectionError, match="TLS certificate not accepted: IP address mismatch"
    ) as caught:
        await flow.send(get, ("c-1",))
    assert caught.value.attempts == 1


@tls
@ours
async def test_authorities_can_come_from_a_file_that_the_environment_names(
    transport, server, make_client, get, authority, tmp_path, monkeypatch
):
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    assert (await make_client(transport=transport).send(get, ("c-1",))).status_code == 200


@pytest.fixture
def hashed_name(authority):
    """The name under which OpenSSL looks for the authority in a folder."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl finds the name that the file must have")
    command = ["openssl", "x509", "-hash", "-noout"]
    done = subprocess.run(command, input=authority.cert_pem.bytes(), capture_output=True, check=True)
    return f"{done.stdout.decode().strip()}.0"


@tls
@ours
async def test_authorities_can_come_from_a_folder_that_the_environment_names(
    transport, server, make_client, get, authority, hashed_name, tmp_path, monkeypatch
):
    authority.cert_pem.write_to_path(str(tmp_path / hashed_name))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    assert (await make_client(transport=transport).send(get, ("c-1",))).status_code == 200


def test_authorities_are_read_once_for_all_clients(authority, tmp_path, monkeypatch):
    plain = tls_context()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    assert tls_context() is tls_context()
    assert tls_context() is not plain


UNUSABLE = {
    "missing": lambda path: None,
    "a folder": lambda path: path.mkdir(),
    "empty": lambda path: path.write_bytes(b""),
    "text": lambda path: path.write_bytes(b"s3cret, but no certificate"),
    "not UTF-8": lambda path: path.write_bytes(b"\xff\xfe\x00"),
    "no end": lambda path: path.write_bytes(b"-----BEGIN CERTIFICATE-----\ns3cret\n"),
    "broken": lambda path: path.write_bytes(
        b"-----BEGIN CERTIFICATE-----\ns3cret\n-----END CERTIFICATE-----\n"
    ),
    "a key": lambda path: path.write_bytes(b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"),
}


@ours
@pytest.mark.parametrize("case", UNUSABLE)
def test_a_file_without_certificates_is_refused_by_the_name_of_its_variable(
    case, transport, make_client, tmp_path, monkeypatch
):
    UNUSABLE[case](tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    with pytest.raises(ValueError, match="SSL_CERT_FILE must name a file of certificates") as caught:
        make_client(environments=FAR, transport=transport)
    assert type(caught.value) is ValueError
    assert "s3cret" not in str(caught.value)
    assert caught.value.__context__ is None


@ours
def test_a_folder_of_certificates_that_is_none_is_refused_by_the_name_of_its_variable(
    transport, make_client, tmp_path, monkeypatch
):
    (tmp_path / "file").write_bytes(b"")
    for path in (tmp_path / "missing", tmp_path / "file"):
        monkeypatch.setenv("SSL_CERT_DIR", str(path))
        with pytest.raises(ValueError, match="SSL_CERT_DIR must name a folder of certificates"):
            make_client(environments=FAR, transport=transport)


@ours
async def test_a_variable_that_is_empty_is_not_set(transport, make_client, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", "")
    monkeypatch.setenv("SSL_CERT_DIR", "")
    make_client(environments=FAR, transport=transport)
