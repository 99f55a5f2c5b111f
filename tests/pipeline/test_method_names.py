"""A method once published keeps its name, whatever its operation is called, until people rename it."""

import copy
import json

import pytest

NOTE = "/tenants/{tenantUid}/stores/{storeUid}/note"
STORE = "/tenants/{tenantUid}/stores/{storeUid}"


@pytest.fixture
def stores(api):
    """The page of stores, to change."""
    return copy.deepcopy(api.STORES)


@pytest.fixture
def tree(house, stores, api):
    """The page, generated."""
    house.vendor("stores", api.markdown(*stores))
    house.done("generate")
    return house


def _methods(house):
    return json.loads((house.root / "openapi/names.json").read_bytes())["methods"]


def _overlay(house, *entries):
    actions = "".join(
        f"  - target: {target}\n    description: Named for users.\n    update: {update}\n"
        for target, update in entries
    )
    house.write("openapi/overlay.yaml", f"overlay: 1.0.0\nactions:{actions and chr(10)}{actions or ' []'}\n")


def _again(house, api, documents):
    house.vendor("stores", api.markdown(*documents))
    house.done("generate")
    house.done("check")


def test_every_operation_is_recorded_and_this_repository_s_own_too(tree, real) -> None:
    assert _methods(tree) == {
        f"GET {NOTE}": "stores.get_note",
        f"GET {STORE}/shelves/{{shelfKind}}": "stores.get_shelves",
        f"GET {STORE}/staff": "stores.list_staff",
        f"POST {STORE}/opening": "stores.open_store",
        f"PUT {STORE}": "stores.put_store",
    }
    named = {
        f"{method.upper()} {path}": found["operationId"]
        for path, item in real.spec()["paths"].items()
        for method, found in item.items()
    }
    assert _methods(real) == named


def test_another_id_or_tag_in_the_reference_renames_nothing(tree, stores, api) -> None:
    before, package = _methods(tree), tree.text("resources/stores.py")
    for number, document in enumerate(stores):
        for item in document["paths"].values():
            for found in item.values():
                found |= {"operationId": f"other.op{number}", "tags": ["Shop"]}
    _again(tree, api, stores)
    assert _methods(tree) == before
    assert tree.text("resources/stores.py") == package


def test_an_operation_that_comes_later_joins_the_resource_that_its_tag_became(tree, stores, api) -> None:
    # By rule the tag is a resource by its plural only while a path has that.
    for document in stores:
        for item in document["paths"].values():
            for found in item.values():
                found["tags"] = ["Shop"]
    stores.append(api.document("/shops/{shopUid}", "get", api.operation("getShop", tags=["Shop"])))
    _again(tree, api, stores)
    assert _methods(tree)["GET /shops/{shopUid}"] == "stores.get_shop"


@pytest.mark.parametrize(
    "entry",
    [
        (f"$.paths['{NOTE}'].get", "{ operationId: stores.note }"),
        (f"$.paths['{NOTE}']", "{ get: { operationId: stores.note } }"),
        ("$.paths", f"{{ '{NOTE}': {{ get: {{ operationId: stores.note }} }} }}"),
        ("$", f"{{ paths: {{ '{NOTE}': {{ get: {{ operationId: stores.note }} }} }} }}"),
        ("$.paths.*[?(@.operationId=='getNote')]", "{ operationId: stores.note }"),
    ],
)
def test_an_entry_of_the_overlay_renames_and_its_name_stays_when_it_goes(tree, entry) -> None:
    _overlay(tree, entry)
    tree.done("generate")
    assert _methods(tree)[f"GET {NOTE}"] == "stores.note"
    assert len(_methods(tree)) == 5
    _overlay(tree)
    tree.done("generate")
    assert _methods(tree)[f"GET {NOTE}"] == "stores.note"
    assert "async def note(" in tree.text("resources/stores.py")


def test_an_entry_wins_even_if_it_says_what_the_reference_says_now(tree, stores, api) -> None:
    stores[2]["paths"][NOTE]["get"]["operationId"] = "stores.note"
    _again(tree, api, stores)
    assert _methods(tree)[f"GET {NOTE}"] == "stores.get_note"
    _overlay(tree, (f"$.paths['{NOTE}'].get", "{ operationId: stores.note }"))
    tree.done("generate")
    assert _methods(tree)[f"GET {NOTE}"] == "stores.note"


def test_other_corrections_of_an_operation_do_not_rename_it(tree, stores, api) -> None:
    _overlay(tree, (f"$.paths['{NOTE}'].get", "{ summary: Reads it. }"))
    stores[2]["paths"][NOTE]["get"]["operationId"] = "readNote"
    _again(tree, api, stores)
    assert _methods(tree)[f"GET {NOTE}"] == "stores.get_note"


def test_a_newcomer_that_wants_a_published_name_is_told_of(tree, stores, api) -> None:
    stores[2]["paths"][NOTE]["get"]["operationId"] = "readNote"
    stores.append(api.document(f"{STORE}/notes", "get", api.operation("getNote", tags=["Store"])))
    tree.vendor("stores", api.markdown(*stores))
    error = tree.refused("generate")
    assert (
        f"GET {NOTE} and GET {STORE}/notes would both be the method stores.get_note. GET {NOTE} was "
        f"published under that name (openapi/names.json): give GET {STORE}/notes another operationId in "
        "openapi/overlay.yaml."
    ) in error
    _overlay(tree, (f"$.paths['{STORE}/notes'].get", "{ operationId: stores.get_notes }"))
    tree.done("generate")
    assert _methods(tree)[f"GET {STORE}/notes"] == "stores.get_notes"


def test_an_entry_that_takes_a_published_name_is_told_of_and_two_may_swap(tree) -> None:
    taking = (f"$.paths['{STORE}'].put", "{ operationId: stores.get_note }")
    _overlay(tree, taking)
    error = tree.refused("generate")
    assert f"PUT {STORE} and GET {NOTE} would both be the method stores.get_note." in error
    assert f"give PUT {STORE} another operationId" in error
    _overlay(tree, taking, (f"$.paths['{NOTE}'].get", "{ operationId: stores.put_store }"))
    tree.done("generate")
    assert _methods(tree)[f"GET {NOTE}"] == "stores.put_store"
    assert _methods(tree)[f"PUT {STORE}"] == "stores.get_note"


def test_two_that_are_recorded_as_one_are_told_of(tree) -> None:
    record = json.loads((tree.root / "openapi/names.json").read_bytes())
    record["methods"][f"PUT {STORE}"] = "stores.get_note"
    tree.write("openapi/names.json", json.dumps(record))
    assert "Give one of them another operationId in openapi/overlay.yaml." in tree.refused("generate")


def test_a_name_is_free_when_vendoring_removes_its_operation(tree, stores, api) -> None:
    note = stores.pop(2)
    outcome = tree.vendor("stores", api.markdown(*stores))
    assert f"GET {NOTE} is gone, and its name stores.get_note free" in outcome.out
    assert f"GET {NOTE}" not in _methods(tree)
    assert len(_methods(tree)) == 4
    tree.done("generate")
    note["paths"] = {f"{STORE}/notes": note["paths"].pop(NOTE)}
    _again(tree, api, [*stores, note])
    assert _methods(tree)[f"GET {STORE}/notes"] == "stores.get_note"


def test_a_name_is_kept_when_only_the_fragment_is_missing(tree, stores, api) -> None:
    folder = tree.root / "openapi/fragments/stores"
    fragment = (folder / "getNote.json").read_text()
    order = (folder / "order.txt").read_text()
    (folder / "getNote.json").unlink()
    tree.write("openapi/fragments/stores/order.txt", order.replace("getNote.json\n", ""))
    tree.done("generate")
    assert "get_note" not in tree.text("resources/stores.py")
    assert _methods(tree)[f"GET {NOTE}"] == "stores.get_note"
    tree.write("openapi/fragments/stores/getNote.json", fragment.replace("getNote", "readNote"))
    tree.write("openapi/fragments/stores/order.txt", order)
    tree.done("generate")
    assert "async def get_note(" in tree.text("resources/stores.py")
    assert _methods(tree)[f"GET {NOTE}"] == "stores.get_note"


def test_a_name_moves_with_its_operation_to_another_page(tree, stores, api) -> None:
    stores[2]["paths"][NOTE]["get"]["operationId"] = "readNote"
    pages = [
        tree.write("../pages/stores.md", api.markdown(*stores[:2], *stores[3:])),
        tree.write("../pages/notes.md", api.markdown(stores[2])),
    ]
    tree.done("vendor", *pages)
    tree.done("generate")
    assert _methods(tree)[f"GET {NOTE}"] == "stores.get_note"


def test_names_that_stepped_aside_for_python_stay_as_they_are(house, api) -> None:
    documents = [
        api.document(f"/{number}", "get", api.operation(name, tags=[tag]))
        for number, (tag, name) in enumerate([("request", "import"), ("import", "str")])
    ]
    for _ in range(2):
        house.vendor("page", api.markdown(*documents))
        house.done("generate")
        assert _methods(house) == {"GET /0": "request_resource.import_", "GET /1": "import_.str_"}


def test_vendoring_refuses_a_broken_record(tree, stores, api) -> None:
    tree.write("openapi/names.json", "[]")
    page = tree.write("../stores.md", api.markdown(*stores))
    assert tree.refused("vendor", page).startswith("error: names.json: an object with")
