"""`make refresh`: the pages changed; the tree follows, and the report says what users meet."""

import copy
import json
import shutil

import pytest
import refresh_site

from pipeline.__main__ import main

SHELF = "/tenants/{tenantUid}/stores/{storeUid}/shelves/{shelfKind}"
STORE = "/tenants/{tenantUid}/stores/{storeUid}"


@pytest.fixture(scope="module")
def site():
    with refresh_site.serving() as site:
        yield site


@pytest.fixture
def stores(api):
    """The page of stores, to change."""
    return copy.deepcopy(api.STORES)


@pytest.fixture(scope="module")
def published(new_house, api, site):
    """A house that is what the site publishes; to copy only."""
    house = new_house("published")
    house.write(
        "openapi/overlay.yaml",
        "overlay: 1.0.0\n"
        "actions:\n"
        "  # A name for users.\n"
        f"  - target: $.paths['{SHELF}'].get\n"
        "    description: Named for users.\n"
        "    update: { summary: Shelves. }\n"
        "  # Another one.\n"
        f'  - target: $.paths["{STORE}"]["put"]\n'
        "    description: >-\n"
        "      Named for users,\n"
        "      too.\n"
        "    update: { summary: Saves a store. }\n",
    )
    house.write("pyproject.toml", '[project]\nversion = "0.3.1"\n')
    house.write(
        "openapi/pages.txt", f"# ours\nstores {site.url}/stores.md\ngift-cards {site.url}/gift-cards.md\n"
    )
    for name in ("stores", "gift-cards"):
        house.vendor(name, api.markdown(*api.PAGES[name]))
    house.done("generate")
    return house


@pytest.fixture
def tree(published, site, api, tmp_path):
    """A copy of it; the site publishes what it was made from."""
    for name in ("stores", "gift-cards"):
        site.publish(name, api.markdown(*api.PAGES[name]))
    shutil.copytree(published.root, tmp_path / "house")
    return type(published)(tmp_path / "house")


@pytest.fixture
def refreshed(tree, site, api, capsys):
    """Publish another page of stores, refresh, and give the report."""

    def run(documents, *arguments):
        site.publish("stores", api.markdown(*documents))
        code = main(
            ["--root", str(tree.root), "refresh", "--markdown", str(tree.root / "report.md"), *arguments]
        )
        shown = capsys.readouterr()
        assert (code, shown.err) == (0, "")
        # What it left is whole: generating again changes nothing.
        tree.done("check")
        return shown.out

    return run


def _schema(documents, key):
    """A schema of the page, which every operation repeats."""
    return [
        found["components"]["schemas"][key]
        for found in documents
        if key in found["components"].get("schemas", {})
    ]


def _lines(report, heading):
    """What stands under a heading."""
    lines = report.splitlines()
    start = lines.index(f"{heading}:") + 1 if f"{heading}:" in lines else len(lines)
    end = next((at for at in range(start, len(lines)) if not lines[at].startswith("  ")), len(lines))
    return [line.strip() for line in lines[start:end]]


def test_unchanged_pages_change_not_a_byte_and_no_time_stamp(tree, refreshed, stores):
    before, times = tree.snapshot(), {path: path.stat().st_mtime_ns for path in tree.root.rglob("*.py")}
    report = refreshed(stores)
    assert report.startswith("Nothing changed for users: no release is needed.\n")
    assert "Suggested version" not in report
    after = tree.snapshot()
    assert after.pop("report.md").decode().startswith("Nothing changed for users")
    assert after == before
    assert {path: path.stat().st_mtime_ns for path in tree.root.rglob("*.py")} == times


def test_a_new_operation_is_an_addition_with_its_models(tree, refreshed, stores, api):
    stores.append(
        api.document(
            f"{STORE}/tills",
            "get",
            api.operation(
                "listTills", tags=["Store"], responses={"200": api.answer(api.array(api.ref("TillSchema")))}
            ),
            schemas={"TillSchema": api.obj({"number": {"type": "integer"}}, "number")},
        )
    )
    report = refreshed(stores)
    assert _lines(report, "Additions") == [
        "flow.tills.list(): new operation: GET /tenants/{tenantUid}/stores/{storeUid}/tills",
        "models.Till: new model",
    ]
    assert not _lines(report, "Breaking changes")
    assert "Suggested version: 0.3.2 (now 0.3.1)." in report
    assert "stores: 6 operations (1 came, 0 went)" in report
    assert "async def list(" in tree.text("resources/tills.py")


def test_a_new_optional_field_is_an_addition(tree, refreshed, stores):
    for schema in _schema(stores, "StoreSchema"):
        schema["properties"]["phone"] = {"type": "string"}
    report = refreshed(stores)
    assert _lines(report, "Additions") == ["models.Store.phone: new optional field, str"]
    assert not _lines(report, "Breaking changes")
    assert "phone: str | Unset = UNSET" in tree.text("models/store.py")


def test_a_new_required_field_breaks_those_who_send_it_and_nobody_who_reads_it(refreshed, stores):
    for schema in _schema(stores, "StoreSchema"):
        schema["properties"]["code"] = {"type": "string"}
        schema["required"] = ["code"]
    for schema in _schema(stores, "ShelfSchema"):
        schema["properties"]["width"] = {"type": "integer"}
        schema["required"] = [*schema["required"], "width"]
    report = refreshed(stores)
    assert _lines(report, "Breaking changes") == ["models.Store.code: new required field, str"]
    assert _lines(report, "Additions") == ["models.Shelf.width: new required field, int"]


def test_a_removed_field_breaks(refreshed, stores):
    for schema in _schema(stores, "ShelfSchema"):
        del schema["properties"]["note"]
    report = refreshed(stores)
    assert _lines(report, "Breaking changes") == ["models.Shelf.note: removed"]
    assert "Suggested version: 0.4.0 (now 0.3.1)." in report


def test_a_new_enum_value_is_an_addition_and_one_that_went_breaks(refreshed, stores):
    for schema in _schema(stores, "ShelfKindENUM"):
        schema["enum"] = ["FRIDGE", "FREEZER"]
    report = refreshed(stores)
    assert _lines(report, "Breaking changes") == ["models.ShelfKind.WALL: removed"]
    assert _lines(report, "Additions") == ["models.ShelfKind.FREEZER: new value 'FREEZER'"]
    assert not _lines(report, "Other changes")


def test_a_renamed_operation_that_the_overlay_corrects_keeps_its_name_and_its_correction(
    tree, refreshed, stores
):
    stores[0]["paths"][SHELF]["get"]["operationId"] = "fetchShelves"
    package = tree.text("resources/stores.py")
    report = refreshed(stores)
    assert report.startswith("Nothing changed for users")
    assert f"GET {SHELF} was published as getShelves, and is as fetchShelves now" in report
    assert tree.text("resources/stores.py") == package
    assert (tree.root / "openapi/fragments/stores/fetchShelves.json").exists()
    assert not (tree.root / "openapi/fragments/stores/getShelves.json").exists()


def test_a_renamed_operation_without_an_entry_keeps_the_name_that_was_published(tree, refreshed, stores):
    stores[2]["paths"][f"{STORE}/note"]["get"]["operationId"] = "readNote"
    report = refreshed(stores)
    assert report.startswith("Nothing changed for users")
    assert f"GET {STORE}/note was published as getNote, and is as readNote now" in report
    assert "async def get_note(" in tree.text("resources/stores.py")


def test_a_method_that_people_renamed_breaks_and_the_remedy_is_told(tree, refreshed, stores):
    tree.write("generator-config.yaml", f"method_overrides:\n  PUT {STORE}: stores.save\n")
    report = refreshed(stores)
    assert _lines(report, "Breaking changes") == [
        f"flow.stores.update(): renamed: PUT {STORE} is flow.stores.save() now. "
        "To keep the name, enter stores.update in generator-config.yaml: method_overrides"
    ]
    assert not _lines(report, "Additions")


def test_an_operation_that_vanished_breaks_and_takes_its_fragment_and_its_name_along(tree, refreshed, stores):
    report = refreshed([*stores[:2], *stores[3:]])
    breaking = _lines(report, "Breaking changes")
    assert breaking == [f"flow.stores.get_note(): gone: the reference no longer has GET {STORE}/note"]
    assert "stores: 4 operations (0 came, 1 went)" in report
    assert not (tree.root / "openapi/fragments/stores/getNote.json").exists()
    assert f"GET {STORE}/note" not in (tree.root / "openapi/names.json").read_text()


def test_a_correction_whose_operation_vanished_is_named_and_left_to_people(tree, site, api, stores, capsys):
    site.publish("stores", api.markdown(stores[0], *stores[2:]))
    before = tree.snapshot()
    assert main(["--root", str(tree.root), "refresh"]) == 1
    error = capsys.readouterr().err
    assert "overlay.yaml: #/actions/1: the target " in error
    assert "matches nothing. Correct it to the spec as it is now, or remove the action." in error
    assert tree.snapshot() == before


def test_a_page_that_lost_much_is_refused_until_someone_says_that_it_is_whole(
    tree, site, api, stores, refreshed, capsys
):
    site.publish("stores", api.markdown(*stores[:3]))
    before = tree.snapshot()
    assert main(["--root", str(tree.root), "refresh"]) == 1
    assert "stores: 2 of its 5 operations are not there any more." in capsys.readouterr().err
    assert tree.snapshot() == before
    report = refreshed(stores[:3], "--accept-vanished")
    assert len(_lines(report, "Breaking changes")) >= 2


def test_an_operation_that_moved_to_another_page_did_not_vanish(site, api, stores, refreshed):
    site.publish("gift-cards", api.markdown(*api.GIFT_CARDS, stores[3]))
    report = refreshed([*stores[:3], stores[4]])
    # Its place in the order is another one, and nothing else.
    assert report.startswith("Only texts or inner code changed")
    assert "stores: 4 operations (0 came, 1 went)" in report
    assert "gift-cards: 4 operations (1 came, 0 went)" in report


def test_other_texts_are_documentation_only(refreshed, stores, tree):
    stores[2]["paths"][f"{STORE}/note"]["get"]["description"] = "Reads the note that hangs at the door."
    report = refreshed(stores)
    assert report.startswith("Only texts or inner code changed (SemVer: patch).\nSuggested version: 0.3.2")
    assert "hangs at the door" in tree.text("resources/stores.py")


def test_what_signatures_do_not_show_is_told_as_it_is_on_the_wire(refreshed, stores):
    for schema in _schema(stores, "StoreSchema"):
        schema["properties"]["name"]["maxLength"] = 40
    stores[2]["paths"][f"{STORE}/note"]["get"]["deprecated"] = True
    pointer = "#/components/schemas/StoreSchema/properties/name/maxLength"
    assert _lines(refreshed(stores), "Other changes") == [
        "flow.stores.get_note(): deprecated now",
        f"models.Store.name: on the wire, {pointer} is 40, was null",
    ]


def test_what_is_deprecated_now_is_told_and_worth_a_minor_version(tree, refreshed, stores, api):
    tree.write("pyproject.toml", '[project]\nversion = "1.3.1"\n')
    for schema in _schema(stores, "StoreSchema"):
        schema["properties"]["name"]["deprecated"] = True
    for schema in _schema(stores, "ShelfSchema"):
        schema["deprecated"] = True
    stores[2]["paths"][f"{STORE}/note"]["get"]["deprecated"] = True
    report = refreshed(stores)
    assert _lines(report, "Other changes") == [
        "flow.stores.get_note(): deprecated now",
        "models.Shelf: deprecated now",
        "models.Store.name: deprecated now",
    ]
    assert "Suggested version: 1.4.0 (now 1.3.1)." in report
    assert not _lines(report, "Breaking changes")
    assert "@deprecated(" in tree.text("resources/stores.py")


def test_environments_are_compared(refreshed, stores, site, api):
    cards = copy.deepcopy(api.GIFT_CARDS)
    for found in (*stores, *cards):
        found["servers"] = [
            {"url": "https://api.new.example.com/v2", "description": "Example Production"},
            {"url": "https://api.demo.example.com/v2", "description": "Example Demo"},
        ]
    site.publish("gift-cards", api.markdown(*cards))
    report = refreshed(stores)
    assert _lines(report, "Breaking changes") == ["FlowRetail(): the environment stage is gone"]
    assert _lines(report, "Additions") == [
        "FlowRetail(): new environment demo: https://api.demo.example.com/v2"
    ]
    assert _lines(report, "Other changes") == [
        "FlowRetail(): the environment production is https://api.new.example.com/v2, "
        "was https://api.example.com/v2"
    ]


def test_a_page_that_is_new_in_the_list_is_taken_over(tree, site, api, refreshed, stores):
    site.publish("orders", api.markdown(*api.ORDERS))
    with (tree.root / "openapi/pages.txt").open("a") as file:
        file.write(f"orders {site.url}/orders.md\n")
    report = refreshed(stores)
    assert "flow.parcels.list(): new operation: GET " in report
    assert (tree.root / "openapi/fragments/orders/order.txt").exists()


def test_a_page_that_is_not_listed_stays_as_it_was(tree, refreshed, stores, site):
    tree.write("openapi/pages.txt", f"stores {site.url}/stores.md\n")
    report = refreshed(stores)
    assert "the page gift-cards is not listed in openapi/pages.txt: it stays as it was" in report


@pytest.mark.parametrize("fault", ["a page that conflicts", "a template that makes no Python"])
def test_when_a_later_step_fails_nothing_is_written(tree, site, api, stores, capsys, fault):
    if fault == "a page that conflicts":
        stores[1]["components"]["schemas"]["StoreSchema"]["properties"]["name"] = {"type": "integer"}
    else:
        tree.write("openapi/templates/client.py.jinja", "def broken(:\n")
    stores[2]["paths"][f"{STORE}/note"]["get"]["description"] = "Reads another note."
    site.publish("stores", api.markdown(*stores))
    before = tree.snapshot()
    assert main(["--root", str(tree.root), "refresh", "--markdown", str(tree.root / "report.md")]) == 1
    shown = capsys.readouterr()
    assert shown.err.startswith("error: ")
    assert not shown.out
    assert tree.snapshot() == before


def test_this_repository_follows_its_own_pages(real, site, tmp_path, capsys, api):
    root = tmp_path / "house"
    shutil.copytree(real.root, root)
    house = type(real)(root)
    names = [
        line.split()[0]
        for line in (root / "openapi/pages.txt").read_text().splitlines()
        if line[:1] not in {"#", ""}
    ]
    house.write("openapi/pages.txt", "".join(f"{name} {site.url}/{name}.md\n" for name in names))
    for name in names:
        folder = root / "openapi/fragments" / name
        order = (folder / "order.txt").read_text().split()
        documents = [json.loads((folder / file).read_bytes()) for file in order]
        site.publish(
            name, api.markdown(*(found for found in documents if "print" not in str(found["paths"].keys())))
        )
    assert main(["--root", str(root), "refresh"]) == 0
    report = capsys.readouterr().out
    assert "flow.customers.print(): gone" in report
    house.done("check")
