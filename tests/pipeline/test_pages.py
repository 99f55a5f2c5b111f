"""A page is taken over whole, or refused with one error that says where and what to do."""

import json
from pathlib import Path

import pytest


def _deep(levels: int) -> str:
    return "[" * levels + "]" * levels


GOOD_START = '{"openapi":"3.0.2","info":{"title":"A","version":"1"},'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# Only prose\n", "page.md: no operation: the page holds no ```json block. Give a page"),
        ("```yaml\nopenapi: 3.0.0\n```\n", "page.md: no operation"),
        ("# A\n\n```json\n{\n  'a': 1}\n```\n", "page.md:5:3: not JSON: Expecting property name"),
        ("> ```json\n> {]\n> ```\n", "page.md:2:2: not JSON"),
        ("```json\n\n```\n", "page.md:3:1: not JSON"),
        ("```json\n", "page.md: the page ends inside a block: it is cut short. Fetch it again."),
        ("```json\n[1]\n```\n", "page.md:2: not an OpenAPI document: a JSON object is expected"),
        (
            '```json\n{"a":1}\n```\n',
            "page.md:2: #/openapi: not an OpenAPI 3.0 document (its version is None)",
        ),
        ('```json\n{"openapi":"3.1.0"}\n```\n', "(its version is '3.1.0')"),
        ('```json\n{"openapi":3}\n```\n', "(its version is 3)"),
        (
            f"```json\n{GOOD_START[:-1]}}}\n```\n",
            "page.md:2: #: not OpenAPI 3.0: 'paths' is a required property",
        ),
        (
            f'```json\n{GOOD_START}"paths":[]}}\n```\n',
            "page.md:2: #/paths: not OpenAPI 3.0: [] is not of type",
        ),
        (f'```json\n{GOOD_START}"paths":{{}}}}\n```\n', "page.md:2: #/paths: no operation."),
        (f'```json\n{GOOD_START}"paths":{{"/a":{{}}}}}}\n```\n', "page.md:2: #/paths: no operation."),
        (f'```json\n{GOOD_START}"paths":{{"a":{{}}}}}}\n```\n', "page.md:2: #/paths: not OpenAPI 3.0"),
        (
            f'```json\n{GOOD_START}"paths":{{"/a":{{"get":{{}}}}}}}}\n```\n',
            "page.md:2: #/paths/~1a/get: not OpenAPI 3.0: 'responses' is a required property",
        ),
        (
            f'```json\n{GOOD_START}"paths":{{"/a":{{"get":{{"responses":{{}}}}}}}}}}\n```\n',
            "page.md:2: #/paths/~1a/get/responses: not OpenAPI 3.0",
        ),
        ('```json\n{"a":1,"a":2}\n```\n', "page.md:2: not JSON as we take it: the name 'a' stands twice"),
        ('```json\n{"a":NaN}\n```\n', "page.md:2: not JSON as we take it: NaN is not JSON"),
        ('```json\n{"a":1e999}\n```\n', "page.md:2: a number is too large"),
        (f'```json\n{{"a":{"1" * 5000}}}\n```\n', "page.md:2: not JSON as we take it: Exceeds the limit"),
        ('```json\n{"a":"\\ud800"}\n```\n', "page.md:2: a text holds a lone surrogate ('\\ud800')"),
        ('```json\n{"\\udfff":1}\n```\n', "page.md:2: a text holds a lone surrogate"),
        (f"```json\n{_deep(101)}\n```\n", "page.md:2: nested deeper than 100 levels"),
        (f"```json\n{_deep(100_000)}\n```\n", "page.md:2: not JSON as we take it: it is nested too deep"),
        (b"\xff\xfe", "page.md: not UTF-8 text (byte 0). Give the path of a page"),
        ("```json\n{}\n```\n", "page.md:2: #/openapi"),
    ],
)
def test_a_page_that_is_none_is_refused_with_its_place_and_the_remedy(house, text, expected) -> None:
    page = house.write("../page.md", text)
    error = house.refused("vendor", page)
    assert expected in error
    assert error.count("\n") == 1


def test_a_page_that_is_not_there_is_refused(house) -> None:
    assert house.refused("vendor", "missing.md") == (
        "error: missing.md: can't be read: No such file or directory. "
        "Give the path of a page of the reference, as Markdown.\n"
    )


def test_a_folder_is_no_page(house, tmp_path: Path) -> None:
    assert "can't be read: Is a directory" in house.refused("vendor", tmp_path)


def test_the_second_of_two_bad_blocks_is_named_with_its_own_line(house, api) -> None:
    text = api.markdown(api.STORES[0]) + "\n```json\n{\n  nonsense\n}\n```\n"
    line = text.count("\n") - 2
    assert f"page.md:{line}:3: not JSON" in house.refused("vendor", house.write("../page.md", text))


def test_a_page_with_windows_line_endings_and_a_byte_order_mark_is_the_same_page(house, api) -> None:
    text = api.markdown(*api.STORES)
    house.done("vendor", house.write("../stores.md", text))
    before = house.snapshot()
    house.done("vendor", house.write("../stores.md", b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()))
    assert house.snapshot() == before


def test_the_fragments_of_a_page_are_as_published_one_operation_a_file(house, api) -> None:
    outcome = house.done("vendor", house.write("../Gift Cards.md", api.markdown(*api.GIFT_CARDS)))
    assert outcome.out == "Gift Cards.md: 3 operations in openapi/fragments/gift-cards/\n"
    folder = house.root / "openapi/fragments/gift-cards"
    names = ["delete-gift-card.json", "import.json", "get.json"]
    assert (folder / "order.txt").read_text() == "".join(f"{name}\n" for name in names)
    assert [json.loads((folder / name).read_text()) for name in names] == api.GIFT_CARDS


def test_a_block_with_several_operations_becomes_several_fragments(house, api) -> None:
    one, other = (api.document("/a", method, api.operation(f"{method} it")) for method in ("get", "put"))
    one["paths"]["/a"] |= other["paths"]["/a"] | {"summary": "both"}
    house.done("vendor", house.write("../a.md", api.markdown(one)))
    folder = house.root / "openapi/fragments/a"
    assert sorted(file.name for file in folder.iterdir()) == ["get-it.json", "order.txt", "put-it.json"]
    assert json.loads((folder / "put-it.json").read_text())["paths"] == {
        "/a": {"put": other["paths"]["/a"]["put"], "summary": "both"}
    }


def test_operation_ids_that_make_one_file_name_are_numbered(house, api) -> None:
    documents = [
        api.document(f"/{number}", "get", api.operation(name))
        for number, name in enumerate(["a/b", "A b", "../a b", "", "...", None])
    ]
    house.done("vendor", house.write("../a.md", api.markdown(*documents)))
    assert (house.root / "openapi/fragments/a/order.txt").read_text().split() == [
        "a-b.json",
        "A-b-2.json",
        "a-b-3.json",
        "get-3.json",
        "operation.json",
        "get-5.json",
    ]


def test_a_page_vendored_again_without_an_operation_loses_its_fragment(house, api) -> None:
    house.vendor("stores", api.markdown(*api.STORES))
    house.vendor("stores", api.markdown(*api.STORES[1:]))
    assert not (house.root / "openapi/fragments/stores/getShelves.json").exists()
    assert (house.root / "openapi/fragments/stores/putStore.json").exists()


def test_two_pages_of_one_name_are_refused(house, api) -> None:
    page = api.markdown(*api.STORES)
    files = [house.write(f"../{name}", page) for name in ("x/Stores.md", "y/stores.md")]
    assert "stores.md: a second page named stores. Rename one" in house.refused("vendor", *files)


def test_when_one_of_several_pages_is_bad_none_is_taken(house, api) -> None:
    good = house.write("../good.md", api.markdown(*api.STORES))
    house.refused("vendor", good, house.write("../bad.md", "# nothing"))
    assert not (house.root / "openapi/fragments").exists()


ADDRESS = "> This page is available as [Markdown](https://docs.example.com/api/stores.md).\n\n"
LISTED = "# ours\nother https://docs.example.com/api/other.md\n"


@pytest.mark.parametrize(
    ("before", "intro", "after", "remark"),
    [
        (LISTED, ADDRESS, f"{LISTED}stores https://docs.example.com/api/stores.md\n", ""),
        (None, ADDRESS, "stores https://docs.example.com/api/stores.md\n", ""),
        ("# ours\n", ADDRESS, "# ours\nstores https://docs.example.com/api/stores.md\n", ""),
        (LISTED, "No address.\n", LISTED, ""),
        (
            "stores  https://docs.example.com/api/stores.md\n",
            ADDRESS,
            "stores  https://docs.example.com/api/stores.md\n",
            "",
        ),
        (
            "other https://elsewhere.example.com/other.md\n",
            ADDRESS,
            "other https://elsewhere.example.com/other.md\n",
            "is of another site than the pages in it. Correct the list if the page is to be in it.",
        ),
        (
            "shops https://docs.example.com/api/stores.md\n",
            ADDRESS,
            "shops https://docs.example.com/api/stores.md\n",
            "shops is listed at https://docs.example.com/api/stores.md already, which is",
        ),
    ],
)
def test_the_list_of_pages_follows_a_page_that_is_vendored(house, api, before, intro, after, remark) -> None:
    if before is not None:
        house.write("openapi/pages.txt", before)
    page = house.write("../stores.md", intro + api.markdown(*api.STORES))
    assert remark in house.done("vendor", page).out
    assert (house.root / "openapi/pages.txt").read_text() == after


def test_a_page_without_an_address_adds_no_list(house, api) -> None:
    house.done("vendor", house.write("../stores.md", api.markdown(*api.STORES)))
    assert not (house.root / "openapi/pages.txt").exists()
