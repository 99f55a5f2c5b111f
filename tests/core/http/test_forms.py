"""Forms and files in the body of a request: what is written, from what, and when it is sent again."""

import asyncio
import contextlib
import datetime
import io
import os
import threading
from email.parser import BytesParser
from email.policy import HTTP

import anyio
import attrs
import pydantic
import pytest

from flow_retail_core.errors import APIConnectionError, DecodeError, InternalServerError
from flow_retail_core.http.forms import encode_stream
from flow_retail_core.models.enums import OpenStrEnum, member
from flow_retail_core.models.files import FILE, FileSource, Upload
from flow_retail_core.models.model import Model
from flow_retail_core.operation import Operation
from flow_retail_core.unset import UNSET, Unset


class Colour(OpenStrEnum):
    """A value of an enum."""

    RED = member("red")


@attrs.define(kw_only=True, repr=False, weakref_slot=False)
class Label(Model):
    """An object within a form."""

    name: str


@attrs.define(kw_only=True, repr=False, weakref_slot=False)
class Form(Model):
    """A form with every type of field."""

    image: FileSource
    more_images: list[FileSource] | Unset = UNSET
    thumbnail: FileSource | Unset | None = UNSET
    caption: str | Unset | None = UNSET
    count: int | Unset = UNSET
    price: float | Unset = UNSET
    public: bool | Unset = UNSET
    taken: datetime.date | Unset = UNSET
    colour: Colour | Unset = UNSET
    tags: list[str] | Unset = UNSET
    label: Label | Unset = UNSET


@attrs.define(kw_only=True, repr=False, weakref_slot=False)
class Plain(Model):
    """A form without files."""

    text: str
    numbers: list[int] | Unset = UNSET
    label: Label | Unset = UNSET


FORM = "multipart/form-data"
UPLOAD = Operation("images.add", "POST", "/images", body=Form, body_required=True, body_type=FORM)
PUT_FILE = Operation("images.update", "PUT", "/image", body=FILE, body_required=True, body_type="image/*")
URLENCODED = Operation("things.add", "POST", "/x", body=Plain, body_type="application/x-www-form-urlencoded")


async def written(stream):
    """The bytes of a stream, which has the length that it says."""
    content = b"".join([part async for part in stream.open()])
    assert stream.length in {None, len(content)}
    return content


async def parts_of(stream):
    """The parts of a form, read by Python's own parser: name, filename, media type, content."""
    head = b"MIME-Version: 1.0\r\nContent-Type: " + stream.media_type.encode() + b"\r\n\r\n"
    message = BytesParser(policy=HTTP).parsebytes(head + await written(stream))
    assert not message.defects
    found = []
    for part in message.iter_parts():
        media_type = part.get_content_type() if "content-type" in part else None
        name = part.get_param("name", header="content-disposition")
        found.append((name, part.get_filename(), media_type, part.get_payload(decode=True)))
    return found


async def test_a_form_has_a_part_for_each_value_that_is_given():
    form = Form(
        image=b"\x00\xff\r\n",
        more_images=[b"1", b"2"],
        thumbnail=None,
        caption="Blåbær",
        count=3,
        price=1.5,
        public=True,
        taken=datetime.date(2026, 1, 2),
        colour=Colour.RED,
        tags=["a", "b"],
        label=Label(name="x"),
        additional_properties={"later": "y"},
    )
    assert await parts_of(encode_stream(UPLOAD, form)) == [
        ("image", "image", "application/octet-stream", b"\x00\xff\r\n"),
        ("moreImages", "moreImages", "application/octet-stream", b"1"),
        ("moreImages", "moreImages", "application/octet-stream", b"2"),
        ("caption", None, None, "Blåbær".encode()),
        ("count", None, None, b"3"),
        ("price", None, None, b"1.5"),
        ("public", None, None, b"true"),
        ("taken", None, None, b"2026-01-02"),
        ("colour", None, None, b"red"),
        ("tags", None, None, b"a"),
        ("tags", None, None, b"b"),
        ("label", None, "application/json", b'{"name":"x"}'),
        ("later", None, None, b"y"),
    ]


async def test_the_boundary_is_another_one_for_each_body():
    one, other = (encode_stream(UPLOAD, Form(image=b"1")).media_type for _ in range(2))
    assert one != other
    assert one.startswith("multipart/form-data; boundary=")


async def test_a_form_without_files_is_written_as_a_query_is():
    stream = encode_stream(URLENCODED, Plain(text="a b&ø", numbers=[1, 2], label=Label(name="x")))
    assert stream.media_type == "application/x-www-form-urlencoded"
    assert await written(stream) == b"text=a+b%26%C3%B8&numbers=1&numbers=2&label=%7B%22name%22%3A%22x%22%7D"


@pytest.mark.parametrize("name", ['a"; filename="b', "a\r\nX-Evil: 1\r\n\r\n", "a\x00b\x7f"])
async def test_no_name_ends_its_quotes_or_its_line(name):
    form = Form(image=Upload(b"1", filename=name), additional_properties={name: "2"})
    content = await written(encode_stream(UPLOAD, form))
    heads = [part.partition(b"\r\n\r\n")[0] for part in content.split(b"\r\n--")]
    assert not any(b"X-Evil" in line[:6] for head in heads for line in head.split(b"\r\n"))
    assert [head.count(b'"') for head in heads] == [4, 2, 0]
    assert b"\x00" not in content
    assert b"\x7f" not in content


@pytest.mark.parametrize("text", ["image/png\r\nX: 1", "png", "", "image/png; a=\x00"])
async def test_a_media_type_that_is_none_is_refused(text):
    if text:
        with pytest.raises(ValueError, match="is not a media type, such as image/png"):
            encode_stream(UPLOAD, Form(image=Upload(b"1", media_type=text)))
    else:
        assert encode_stream(PUT_FILE, Upload(b"1", media_type=text)).media_type == "application/octet-stream"


# -- What a file may be ----------------------------------------------------------------------------


class PathOfMine:
    """A path that is no `pathlib.Path`."""

    def __init__(self, path):
        self.path = path

    def __fspath__(self):
        return str(self.path)


class Reader:
    """Something that can be read, once."""

    def __init__(self, content):
        self.content = io.BytesIO(content)

    def read(self, size):
        return self.content.read(size)


class SlowReader(Reader):
    """The same with `await`."""

    async def read(self, size):
        await asyncio.sleep(0)
        return self.content.read(size)


def _opened_behind_its_start(path):
    file = path.open("rb")
    file.seek(2)
    return file


# What is given, its name, how much of it is sent, whether it can be sent again.
SOURCES = {
    "bytes": (lambda path: path.read_bytes(), None, 0, True),
    "a path": (lambda path: path, "a.png", 0, True),
    "a path of another class": (PathOfMine, "a.png", 0, True),
    "an open file": (lambda path: path.open("rb"), "a.png", 0, True),
    "a file that was read from": (_opened_behind_its_start, "a.png", 2, True),
    "a file in memory": (lambda path: io.BytesIO(path.read_bytes()), None, 0, True),
    "something that is read once": (lambda path: Reader(path.read_bytes()), None, 0, False),
    "something that is awaited": (lambda path: SlowReader(path.read_bytes()), None, 0, False),
    "with a name": (lambda path: Upload(path, filename="b.gif"), "b.gif", 0, True),
}


@pytest.fixture
def path(tmp_path):
    """A file that is read in several steps."""
    file = tmp_path / "a.png"
    file.write_bytes(os.urandom(600_000))
    return file


@pytest.fixture
def opening():
    """Close what a test opens."""
    with contextlib.ExitStack() as stack:
        yield lambda given: stack.enter_context(given) if isinstance(given, io.IOBase) else given


@pytest.mark.parametrize("source", SOURCES)
async def test_a_file_is_sent_from_where_it_is_and_again_from_there(source, path, opening):
    make, name, start, repeatable = SOURCES[source]
    given = opening(make(path))
    content = path.read_bytes()[start:]
    media_type = {None: "application/octet-stream", "a.png": "image/png", "b.gif": "image/gif"}[name]

    stream = encode_stream(PUT_FILE, given)
    assert (stream.media_type, stream.repeatable) == (media_type, repeatable)
    assert stream.length == (len(content) if repeatable else None)
    for _ in range(2 if repeatable else 1):
        assert await written(stream) == content

    given = opening(make(path))
    ((_, filename, media, sent),) = await parts_of(encode_stream(UPLOAD, Form(image=given)))
    assert (filename, media, sent) == (name or "image", media_type, content)


async def test_a_file_of_anyio_is_taken(path):
    async with await anyio.open_file(path, "rb") as file:
        stream = encode_stream(PUT_FILE, file)
        assert not stream.repeatable
        assert await written(stream) == path.read_bytes()


async def test_an_open_file_stays_open_and_a_path_is_closed(path):
    with path.open("rb") as file:
        await written(encode_stream(PUT_FILE, file))
        assert not file.closed
    # A file that is left open is a warning, and a warning is an error.
    await written(encode_stream(PUT_FILE, path))


async def test_files_are_not_read_by_the_event_loop(path):
    threads = set()

    class Watched(io.BytesIO):
        def read(self, size=-1):
            threads.add(threading.current_thread())
            return super().read(size)

    await written(encode_stream(UPLOAD, Form(image=Watched(b"1"))))
    assert threads
    assert threading.main_thread() not in threads


@pytest.mark.parametrize("value", ["a.png", io.StringIO("a"), 1, None, Upload("a.png")])
def test_what_is_no_file_is_refused_by_name(value):
    with pytest.raises(TypeError, match=r"must be a file: give bytes, a path, a file opened in binary mode"):
        encode_stream(UPLOAD, Form(image=value))
    with pytest.raises(TypeError, match=r"must be a file: give bytes, a path, a file opened in binary mode"):
        encode_stream(PUT_FILE, value)


def test_a_list_within_a_form_is_looked_at(path):
    with pytest.raises(TypeError, match=r"images.add: body.more_images\[1\] must be a file.*, not str"):
        encode_stream(UPLOAD, Form(image=path, more_images=[b"1", "2"]))


def test_another_body_than_the_form_is_refused(path):
    with pytest.raises(TypeError, match=r"images.add: body must be a Form, not dict: make one with Form"):
        encode_stream(UPLOAD, {"image": path})


def test_a_path_without_a_file_is_refused_before_anything_is_sent(tmp_path):
    with pytest.raises(FileNotFoundError):
        encode_stream(PUT_FILE, tmp_path / "missing")


@pytest.mark.parametrize("operation", [UPLOAD, URLENCODED])
def test_a_lone_surrogate_is_refused_without_showing_it(operation):
    body = Form(image=b"", caption="\ud800") if operation is UPLOAD else Plain(text="\ud800")
    with pytest.raises(ValueError, match="lone surrogate") as caught:
        encode_stream(operation, body)
    assert caught.value.__cause__ is None


def test_a_media_type_that_the_operation_names_is_what_is_sent(path):
    png = attrs.evolve(PUT_FILE, body_type="image/png")
    assert encode_stream(png, Upload(path, filename="b.gif")).media_type == "image/png"
    assert encode_stream(png, Upload(path, media_type="image/x-png")).media_type == "image/x-png"


def test_a_form_with_a_file_is_a_model_like_any_other():
    form = Form.from_dict({"image": b"1", "moreImages": [b"2"]})
    assert (form.image, form.more_images) == (b"1", [b"2"])
    assert form.to_dict() == {"image": b"1", "moreImages": [b"2"]}
    with pytest.raises(TypeError, match=r"body\.image has no JSON form"):
        form.to_json()
    # A response has no files: what stands in the place of one is kept, and refused when it is sent.
    assert Form.from_dict({"image": "a.png"}).image == "a.png"
    with pytest.raises(DecodeError, match="image"):
        Form.from_dict_strict({"image": "a.png"})


def test_a_form_is_known_to_pydantic():
    adapter = pydantic.TypeAdapter(Form)
    assert adapter.validate_python({"image": b"1"}).image == b"1"
    assert adapter.json_schema()["properties"]["image"]["format"] == "binary"
    with pytest.raises(pydantic.ValidationError, match="should be a file"):
        adapter.validate_python({"image": "a.png"})


# -- Sent ------------------------------------------------------------------------------------------


async def test_a_form_is_sent_with_its_length_and_type(server, make_client, path):
    await make_client().call(UPLOAD, body=Form(image=path))
    (seen,) = server.seen
    assert seen.headers["content-type"].startswith("multipart/form-data; boundary=")
    assert seen.headers["content-length"] == str(len(seen.body))
    assert path.read_bytes() in seen.body


async def test_a_file_is_sent_again_after_a_failure_if_that_is_safe(server, make_client, path):
    server.script = [server.reply(503), server.reply(200)]
    with path.open("rb") as file:
        await make_client().call(PUT_FILE, body=file)
    assert [seen.body for seen in server.seen] == [path.read_bytes()] * 2


async def test_a_form_of_a_post_is_not_sent_again_when_the_server_may_have_it(server, make_client, path):
    server.script = [server.reply(503)]
    with pytest.raises(InternalServerError) as caught:
        await make_client().call(UPLOAD, body=Form(image=path))
    assert caught.value.attempts == 1
    assert caught.value.may_have_been_processed


async def test_a_file_that_shrinks_while_it_is_sent_is_an_error_of_ours(server, make_client):
    class Shrinking(io.BytesIO):
        def read(self, size=-1):
            return super().read(size)[:10]

    with pytest.raises(APIConnectionError, match="has not the length that was announced"):
        await make_client().call(PUT_FILE, body=Shrinking(bytes(10_000)))


async def test_a_body_that_may_be_left_out_is(server, make_client):
    await make_client().call(URLENCODED)
    assert server.seen[0].body == b""
    assert "content-type" not in server.seen[0].headers
