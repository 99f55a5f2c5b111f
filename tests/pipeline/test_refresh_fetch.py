"""What `make refresh` takes for a page, and what it refuses; whatever it refuses, nothing is written."""

import copy
import socket
from pathlib import Path

import httpx
import pytest
import refresh_site
from refresh_site import Answer

from pipeline.__main__ import main
from pipeline.errors import PipelineError
from pipeline.refresh import update
from pipeline.refresh.fetch import Limits
from pipeline.vendor.page_list import Source, read_sources


@pytest.fixture(scope="module")
def site():
    with refresh_site.serving() as site:
        yield site


@pytest.fixture(scope="module")
def elsewhere():
    with refresh_site.serving() as site:
        yield site


@pytest.fixture
def tree(house, site, api):
    """A house with two pages, vendored and published; one fragment of each."""
    house.write("openapi/pages.txt", f"first {site.url}/first.md\nsecond {site.url}/second.md\n")
    for name, documents in (("first", api.GIFT_CARDS[:1]), ("second", api.STORES[2:3])):
        house.vendor(name, api.markdown(*documents))
        site.publish(name, api.markdown(*documents))
    # So that a refresh that went through would change something.
    site.publish("first", api.markdown(*api.GIFT_CARDS))
    return house


@pytest.fixture
def refused(tree, capsys):
    """Refresh, which must fail with one error, and not a byte changed."""

    def run(*arguments):
        before = tree.snapshot()
        code = main(
            ["--root", str(tree.root), "refresh", "--markdown", str(tree.root / "report.md"), *arguments]
        )
        shown = capsys.readouterr()
        assert code == 1, shown.out
        assert shown.err.startswith("error: ")
        assert not shown.out
        assert tree.snapshot() == before
        return shown.err

    return run


HTML = b"<!doctype html><title>Sorry</title><p>We are moving house."
HTML_HEADERS = {"Content-Type": "text/html; charset=utf-8"}


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Answer(HTML, headers=HTML_HEADERS), "the answer is a page of HTML, not Markdown"),
        (Answer(HTML), "no operation: the page holds no ```json block"),
        (Answer(HTML, status=500, headers=HTML_HEADERS), "the answer is 500, not 200"),
        (Answer(b"", status=204, length=None), "the answer is 204, not 200"),
        (Answer(b"# Gone", status=404), "the answer is 404, not 200"),
        (Answer(b""), "no operation: the page holds no ```json block"),
        (Answer(b"# A page\n\xff\xfe"), "not UTF-8 text (byte 9)"),
        (Answer(b"# A page", length=4000), "can't be fetched: peer closed connection"),
        (Answer(b"# A page", length=None), "does not tell its length"),
        (Answer(b"\x1f\x8b", headers={"Content-Encoding": "gzip"}), "encoded as 'gzip', unasked"),
        (Answer(b"x" * 300_000, length=9_000_000_000), "more than 8000000 bytes"),
    ],
)
def test_what_is_no_whole_page_is_refused_and_named(site, refused, answer, expected):
    if "more than" in expected:
        answer.body = b"x" * 9_000_000
    site.answers["/second.md"] = answer
    error = refused()
    assert expected in error
    assert "second" in error
    assert "\x1b" not in error


def test_a_page_cut_short_inside_a_block_is_refused(site, refused, api):
    text = api.markdown(*api.STORES[2:4]).rstrip()
    assert text.endswith("```")
    site.publish("second", text[:-3])
    assert "second.md: the page ends inside a block: it is cut short" in refused()
    site.publish("second", text[:-40])
    assert "second.md: the page ends inside a block" in refused()


def test_blocks_of_other_shapes_do_not_make_a_page_look_cut_short(site, refused, api):
    block = api.markdown(*api.STORES[2:3])
    site.publish("second", f"~~~text\n```\n~~~\n\n{block}\n    indented\n\n- a list\n  ```sh\n  ls\n  ```\n")
    # The other page is what is refused now.
    site.answers["/first.md"] = Answer(b"", status=503)
    assert "first" in refused()


def test_a_page_that_sends_us_elsewhere_is_refused_and_the_place_is_not_asked(site, elsewhere, refused):
    for location in (
        f"{elsewhere.url}/second.md",
        "https://user:secret@example.com/",
        "//example.com/x",
    ):
        site.answers["/second.md"] = Answer(b"", status=302, headers={"Location": location})
        error = refused()
        assert "second" in error
        assert "sends us elsewhere" in error
    assert elsewhere.asked == []


def test_a_page_that_moved_within_its_site_is_followed_but_not_for_ever(site, refused, tree, api, capsys):
    site.answers["/second.md"] = Answer(b"", status=301, headers={"Location": "/new/second.md"})
    site.publish("new/second", api.markdown(*api.STORES[2:3]))
    assert main(["--root", str(tree.root), "refresh"]) == 0
    assert "second: 1 operations" in capsys.readouterr().out
    site.answers["/second.md"] = Answer(b"", status=301, headers={"Location": "/second.md"})
    assert "sends us on more than 3 times" in refused()


def test_a_site_that_nobody_answers_for_is_named(tree, refused):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    tree.write("openapi/pages.txt", f"first http://127.0.0.1:{port}/first.md\n")
    assert f"first: http://127.0.0.1:{port}/first.md: can't be fetched: " in refused()


def test_a_page_that_takes_too_long_is_refused(tree):
    before = tree.snapshot()
    with pytest.raises(PipelineError, match=r"first: .*: not there after 0 seconds"):
        update.refresh(tree.root, limits=Limits(whole=0.0))
    assert tree.snapshot() == before


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("alone", "line 2: 1 words"),
        ("three words here", "line 2: 3 words"),
        ("../up https://example.com/a.md", "can't be the name of a page"),
        ("Upper https://example.com/a.md", "can't be the name of a page"),
        ("page http://example.com/a.md", "is not an https address"),
        ("page file:///etc/hosts", "is not an https address"),
        ("page https://user:secret@example.com/a.md", "is not an https address without user"),
        ("page https://", "is not an https address"),
        ("page https://[", "is not an https address"),
        ("page https://example.com:port/", "is no address"),
        ("first https://example.com/a.md", "first is listed at https://example.com/first.md already"),
        (
            "other https://example.com/first.md",
            "first is listed at https://example.com/first.md already, which is its name or its address",
        ),
    ],
)
def test_a_line_that_can_not_stand_is_refused_with_its_number(tree, refused, line, expected):
    tree.write("openapi/pages.txt", f"first https://example.com/first.md\n{line}\n")
    assert expected in refused()


def test_what_follows_a_hash_in_the_list_is_a_comment(tree):
    file = tree.write("openapi/pages.txt", "# ours\n\npage https://example.com/a.md#part\n")
    assert read_sources(file) == [Source("page", httpx.URL("https://example.com/a.md"))]


def test_an_empty_list_and_a_missing_one_are_refused(tree, refused):
    tree.write("openapi/pages.txt", "# nothing yet\n\n")
    assert "pages.txt: no page is listed" in refused()
    (tree.root / "openapi/pages.txt").unlink()
    assert "pages.txt: can't be read" in refused()


def test_the_list_of_this_repository_names_https_pages_for_every_folder_of_fragments():
    repository = Path(__file__).resolve().parents[2]
    sources = read_sources(repository / "openapi/pages.txt")
    assert {source.name for source in sources} == {
        folder.name for folder in (repository / "openapi/fragments").iterdir()
    }
    assert {source.url.scheme for source in sources} == {"https"}


def test_a_tree_that_can_not_be_written_is_left_as_it_was(tree, capsys, monkeypatch):
    before = tree.snapshot()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(update, "replace_atomically", full)
    assert main(["--root", str(tree.root), "refresh"]) == 1
    assert "No space left on device. Nothing was changed." in capsys.readouterr().err
    assert tree.snapshot() == before


def test_a_refresh_of_a_house_without_a_client_generates_it(tree, capsys):
    assert main(["--root", str(tree.root), "refresh"]) == 0
    report = capsys.readouterr().out
    assert report.startswith("Only texts or inner code changed")
    tree.done("check")


def test_hostile_texts_of_a_page_stand_in_the_report_as_data(tree, site, api, capsys, house):
    assert main(["--root", str(tree.root), "refresh"]) == 0
    hostile = "`](javascript:alert(1)) <img src=x onerror=y> @everyone ${{ secrets.TOKEN }} $(touch pwned)"
    documents = copy.deepcopy(api.STORES[2:3])
    operation = documents[0]["paths"]["/tenants/{tenantUid}/stores/{storeUid}/note"]["get"]
    operation["parameters"] = [
        {"name": "kind", "in": "query", "schema": {"type": "string", "enum": ["A", hostile]}}
    ]
    operation["x-hostile"] = hostile
    operation["operationId"] = f"get {hostile}"
    site.publish("second", api.markdown(*documents))
    report = house.root / "report.md"
    capsys.readouterr()
    assert main(["--root", str(tree.root), "refresh", "--markdown", str(report)]) == 0
    text = report.read_text()
    lines = [line for line in text.splitlines() if "javascript" in line]
    assert lines
    for line in lines:
        outside = _outside_of_code(line)
        assert "javascript" not in outside
        assert "<img" not in outside
        assert "@everyone" not in outside
    assert not list(house.root.rglob("pwned"))
    assert not list(Path().glob("pwned"))


def _outside_of_code(line):
    """What of a line of Markdown is not in a code span, by the rules of CommonMark."""
    from markdown_it import MarkdownIt

    (inline,) = [token for token in MarkdownIt("commonmark").parse(line) if token.type == "inline"]
    return " ".join(each.content + str(each.attrs) for each in inline.children if each.type != "code_inline")
