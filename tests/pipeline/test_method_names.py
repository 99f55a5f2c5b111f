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


def _choose(house, **names):
    """Enter names in the configuration, by the last words of paths."""
    entries = "".join(f"  {title}: {name}\n" for title, name in names.items())
    house.write(
        "generator-config.yaml",
        f"method_overrides:{chr(10) if entries else ' {}'}{entries}\n",
    )


def _again(house, api, documents):
    house.vendor("stores", api.markdown(*documents))
    house.done("generate")
    house.done("check")


def test_every_operation_is_recorded_and_this_repository_s_own_too(tree, real) -> None:
    assert _methods(tree) == {
        f"GET {NOTE}": "stores.get_note",
        f"GET {STORE}/shelves/{{shelfKind}}": "shelves.list_for_shelf_kind",
        f"GET {STORE}/staff": "staff.list",
        f"POST {STORE}/opening": "stores.opening",
        f"PUT {STORE}": "stores.update",
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


def test_an_operation_that_comes_later_joins_the_resource_of_its_collection(tree, stores, api) -> None:
    _choose(tree, **{f"PUT {STORE}": "shops.update"})
    tree.done("generate")
    _choose(tree)
    stores.append(api.document(f"{STORE}", "delete", api.operation(tags=["Store"])))
    del stores[2]
    _again(tree, api, stores)
    assert _methods(tree)[f"DELETE {STORE}"] == "shops.delete"


def test_an_entry_of_the_configuration_renames_and_its_name_stays_when_it_goes(tree) -> None:
    _choose(tree, **{f"GET {NOTE}": "stores.note"})
    tree.done("generate")
    assert _methods(tree)[f"GET {NOTE}"] == "stores.note"
    assert len(_methods(tree)) == 5
    _choose(tree)
    tree.done("generate")
    assert _methods(tree)[f"GET {NOTE}"] == "stores.note"
    assert "async def note(" in tree.text("resources/stores.py")


def test_corrections_of_an_operation_do_not_rename_it(tree, stores, api) -> None:
    tree.write(
        "openapi/overlay.yaml",
        f"overlay: 1.0.0\nactions:\n  - target: $.paths['{NOTE}'].get\n    description: Clearer.\n"
        "    update: { summary: Notes a note., operationId: other, tags: [Note] }\n",
    )
    _again(tree, api, stores)
    assert _methods(tree)[f"GET {NOTE}"] == "stores.get_note"


def test_a_newcomer_that_wants_a_published_name_says_where_it_is(tree, stores, api) -> None:
    stores.append(api.document("/stores/{storeUid}/note", "get", api.operation(tags=["Store"])))
    stores.append(api.document("/tenants/{tenantUid}/staff", "get", api.operation(tags=["Staff"])))
    stores.append(api.document("/staff", "get", api.operation(tags=["Staff"])))
    for each in stores[-2:]:
        path, item = next(iter(each["paths"].items()))
        item["get"]["responses"] = {"200": api.answer(api.array({"type": "string"}))}
        assert path.endswith("staff")
    _again(tree, api, stores)
    methods = _methods(tree)
    assert methods[f"GET {STORE}/staff"] == "staff.list"
    assert methods["GET /stores/{storeUid}/note"] == "stores.get_note_in_store"
    assert methods["GET /tenants/{tenantUid}/staff"] == "staff.list_in_tenant"
    assert methods["GET /staff"] == "staff.list_by_get"


@pytest.mark.parametrize(
    ("title", "name", "expected"),
    [
        (
            f"PUT {STORE}",
            "stores.get_note",
            f"would both be the method stores.get_note: give PUT {STORE} another",
        ),
        ("GET /gone", "stores.gone", "GET /gone is no operation; remove its entry, or correct it."),
        (f"PUT {STORE}", "save", "'save' can't be a resource and a method; choose another name."),
        (f"PUT {STORE}", "stores.Save", "'stores.Save' can't be a resource and a method"),
        (f"PUT {STORE}", "stores.__init__", "'stores.__init__' can't be a resource and a method"),
        (f"PUT {STORE}", "[]", "#/method_overrides: entries like"),
    ],
)
def test_an_entry_that_can_not_stand_is_refused(tree, title, name, expected) -> None:
    _choose(tree, **{title: name})
    error = tree.refused("generate")
    assert "generator-config.yaml: " in error
    assert expected in error


def test_two_may_swap_their_names(tree) -> None:
    _choose(tree, **{f"PUT {STORE}": "stores.get_note", f"GET {NOTE}": "stores.update"})
    tree.done("generate")
    assert _methods(tree)[f"GET {NOTE}"] == "stores.update"
    assert _methods(tree)[f"PUT {STORE}"] == "stores.get_note"


def test_two_that_are_recorded_as_one_are_reported(tree) -> None:
    record = json.loads((tree.root / "openapi/names.json").read_bytes())
    record["methods"][f"PUT {STORE}"] = "stores.get_note"
    tree.write("openapi/names.json", json.dumps(record))
    assert "would both be the method stores.get_note: give " in tree.refused("generate")


def test_a_name_is_free_when_vendoring_removes_its_operation(tree, stores, api) -> None:
    note = stores.pop(2)
    outcome = tree.vendor("stores", api.markdown(*stores))
    assert f"GET {NOTE} is gone, and its name stores.get_note free" in outcome.out
    assert f"GET {NOTE}" not in _methods(tree)
    assert len(_methods(tree)) == 4
    tree.done("generate")
    path = "/stores/{storeUid}/note"
    note["paths"] = {path: note["paths"].pop(NOTE)}
    _again(tree, api, [*stores, note])
    assert _methods(tree)[f"GET {path}"] == "stores.get_note"


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
        api.document(path, "post", api.operation(tags=[tag]))
        for path, tag in [("/request/import", "Request"), ("/import/str", "Import")]
    ]
    for _ in range(2):
        house.vendor("page", api.markdown(*documents))
        house.done("generate")
        assert _methods(house) == {
            "POST /request/import": "request_resource.import_",
            "POST /import/str": "import_.str_",
        }


def test_vendoring_refuses_a_broken_record(tree, stores, api) -> None:
    tree.write("openapi/names.json", "[]")
    page = tree.write("../stores.md", api.markdown(*stores))
    assert tree.refused("vendor", page).startswith("error: names.json: an object with")
