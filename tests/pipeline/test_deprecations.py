"""What the reference calls deprecated is so to editors, to type checkers, and to programs that run."""

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from lamps import lamps_page

CUSTOM = Path(__file__).resolve().parents[2] / "custom"


@pytest.fixture(scope="module")
def lamps(new_house, api):
    house = new_house("lamps")
    assert house.vendor("lamps", api.markdown(*lamps_page(api))).code == 0
    house.done("generate")
    return house


WHOLE = "is deprecated by the API reference"
SAID = {
    "models.Lamp.watt": f"models.Lamp.watt {WHOLE}: Use lumen instead.",
    "models.OldShade": f"models.OldShade {WHOLE}: Use finishes instead.",
    "lamps.list(colour=...)": f'lamps.list(colour=...) {WHOLE}: Say "shade" instead.',
    "lamps.get": f"lamps.get {WHOLE}: Deprecated since v2, list them.",
}


@pytest.fixture(scope="module")
def warned(lamps):
    """What a program is warned of that runs by itself, per statement: the warnings must name its line."""
    statements = [
        "models.Lamp(lamp_uid='l', socket='s', mount='SCREW')",
        "models.Lamp(lamp_uid='l', socket='s', watt=1.5)",
        "models.Lamp(lamp_uid='l', socket='s', watt=UNSET)",
        "models.Lamp(lamp_uid='l', socket='s', fitting='PIN', code='c', shade=None, finish=None)",
        "models.OldShade(colour='red')",
        "models.OldFinish('MATT'), models.OldFinish.GLOSS, list(models.OldFinish)",
        "flow.lamps.list(kind='a')",
        "flow.lamps.list(kind='a', colour=None, old_sort=None)",
        "flow.lamps.list(kind='a', colour='red', old_sort='b', x_old='c')",
        "flow.lamps.list_broken(colour='red')",
        "await flow.lamps.list_broken()",
        "await flow.lamps.get('l-1')",
        "await asyncio.create_task(flow.lamps.get('l-1'))",
        "await flow.lamps.create(models.Lamp.from_dict(LAMP))",
        "await flow.lamps.batch(delete=[])",
        "flow.lamps.batch_stream(delete=[])",
        "copy.deepcopy(models.Lamp.from_dict(LAMP)).to_dict()",
        "pickle.loads(pickle.dumps(models.OldShade.from_dict_strict({'colour': 'red'})))",
        "models.Lamp.from_dict_strict(LAMP).watt",
        "[await flow.lamps.get(uid) for uid in 'ab']",
    ]
    program = textwrap.dedent(
        """
        import asyncio, copy, inspect, json, pickle, warnings
        import httpx
        from unittest import mock
        from flow_retail_client import FlowRetail, UNSET, models

        LAMP = {
            "lampUid": "l", "socket": "s", "watt": 1, "fitting": "PIN", "code": "c", "finish": "MATT",
            "shade": {"colour": "red"},
        }
        PAGE = {"items": [LAMP], "paging": {"totalCount": 1}}

        def answer(request):
            return httpx.Response(200, json=PAGE if request.url.path.endswith("broken") else LAMP)

        async def main():
            told = []
            transport = httpx.MockTransport(answer)
            async with FlowRetail(tenant="acme", token="t", transport=transport, strict=True) as flow:
                for number, statement in enumerate(STATEMENTS):
                    names = {"flow": flow, **globals()}
                    source = f"async def run():\\n    0\\n    {statement}\\n"
                    exec(compile(source, f"statement {number}", "exec"), names)
                    with warnings.catch_warnings(record=True) as caught:
                        warnings.simplefilter("default")
                        await names["run"]()
                    told.append([
                        str(each.message) for each in caught
                        if issubclass(each.category, DeprecationWarning)
                        and (each.filename, each.lineno) == (f"statement {number}", 3)
                    ])
                    assert len(told[-1]) == len(caught), [str(each) for each in caught]
                get = type(flow.lamps).get
                assert isinstance(mock.create_autospec(flow.lamps).get, mock.AsyncMock)
                print(json.dumps({
                    "told": dict(zip(STATEMENTS, told, strict=True)),
                    "marks": [get.__deprecated__, models.OldShade.__deprecated__,
                        models.OldFinish.__deprecated__],
                    "seen": [
                        [*inspect.signature(get).parameters],
                        [*inspect.signature(models.OldShade).parameters],
                        get.__name__,
                        get.__doc__.split("\\n")[0],
                    ],
                }))

        asyncio.run(main())
        """
    ).replace("STATEMENTS", repr(statements))
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        cwd=lamps.root,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(lamps.root), str(CUSTOM)])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_what_is_deprecated_warns_where_it_is_used_and_once_a_place(warned) -> None:
    told = warned["told"]
    assert told["models.Lamp(lamp_uid='l', socket='s', watt=1.5)"] == [SAID["models.Lamp.watt"]]
    assert told["models.OldShade(colour='red')"] == [SAID["models.OldShade"]]
    assert told[
        "models.Lamp(lamp_uid='l', socket='s', fitting='PIN', code='c', shade=None, finish=None)"
    ] == [f"models.Lamp.{name} {WHOLE}" for name in ("fitting", "code", "shade", "finish")]
    assert told["flow.lamps.list(kind='a', colour='red', old_sort='b', x_old='c')"] == [
        f"lamps.list(old_sort=...) {WHOLE}",
        SAID["lamps.list(colour=...)"],
        f"lamps.list(x_old=...) {WHOLE}",
    ]
    assert told["flow.lamps.list_broken(colour='red')"] == [f"lamps.list_broken {WHOLE}"]
    assert told["await flow.lamps.list_broken()"] == [f"lamps.list_broken {WHOLE}"]
    assert told["await flow.lamps.batch(delete=[])"] == [f"lamps.batch {WHOLE}"]
    assert told["flow.lamps.batch_stream(delete=[])"] == [f"lamps.batch {WHOLE}"]
    for statement in (
        "await flow.lamps.get('l-1')",
        "await asyncio.create_task(flow.lamps.get('l-1'))",
        "[await flow.lamps.get(uid) for uid in 'ab']",
    ):
        assert told[statement] == [SAID["lamps.get"]]


def test_what_is_read_copied_left_out_or_could_not_be_avoided_warns_of_nothing(warned) -> None:
    silent = {statement for statement, told in warned["told"].items() if not told}
    assert silent == {
        "models.Lamp(lamp_uid='l', socket='s', mount='SCREW')",
        "models.Lamp(lamp_uid='l', socket='s', watt=UNSET)",
        "models.OldFinish('MATT'), models.OldFinish.GLOSS, list(models.OldFinish)",
        "flow.lamps.list(kind='a')",
        "flow.lamps.list(kind='a', colour=None, old_sort=None)",
        "await flow.lamps.create(models.Lamp.from_dict(LAMP))",
        "copy.deepcopy(models.Lamp.from_dict(LAMP)).to_dict()",
        "pickle.loads(pickle.dumps(models.OldShade.from_dict_strict({'colour': 'red'})))",
        "models.Lamp.from_dict_strict(LAMP).watt",
    }


def test_what_is_deprecated_stays_what_it_was_to_who_inspects_it(warned) -> None:
    assert warned["marks"] == [SAID["lamps.get"], SAID["models.OldShade"], f"models.OldFinish {WHOLE}"]
    assert warned["seen"] == [["self", "lamp_uid"], ["additional_properties", "colour"], "get", "lamps.get"]


PROGRAM = """\
from flow_retail_client import FlowRetail, models


async def main(flow: FlowRetail) -> None:
    await flow.lamps.get("l-1")
    flow.lamps.list_broken()
    models.OldShade(colour="red")
    print(models.OldFinish.MATT)
    await flow.lamps.batch(delete=[])
    lamp = await flow.lamps.create(models.Lamp(lamp_uid="l", socket="s", watt=1.5))
    print(lamp.shade, [each.watt async for each in flow.lamps.list(kind="a", colour="red")])
"""
MARKED = {5, 6, 7, 8, 9}
"""Its lines with what PEP 702 has marks for; for fields and parameters there are none."""


@pytest.fixture(scope="module")
def program(lamps):
    return lamps.write("program.py", PROGRAM)


@pytest.mark.types
def test_pyright_strikes_it_out_for_users_and_the_package_itself_passes_its_strict_mode(
    lamps, program
) -> None:
    settings = {"extraPaths": [str(CUSTOM)], "strict": ["."], "pythonVersion": "3.11"}
    lamps.write("pyrightconfig.json", json.dumps(settings))
    command = [sys.executable, "-m", "pyright", "--outputjson", "--pythonpath", sys.executable]
    done = subprocess.run(command, cwd=lamps.root, capture_output=True, text=True, check=False)
    found = json.loads(done.stdout)["generalDiagnostics"]
    assert {each["file"] for each in found} == {str(program)}, found
    assert {each["rule"] for each in found} == {"reportDeprecated"}, found
    assert {each["range"]["start"]["line"] + 1 for each in found} == MARKED
    said = "\n".join(each["message"].replace("\xa0", " ") for each in found)
    assert SAID["lamps.get"] in said
    assert SAID["models.OldShade"] in said


@pytest.mark.types
def test_mypy_tells_of_it(lamps, program, tmp_path) -> None:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "mypy", "--strict", "--explicit-package-bases"),
            *("--enable-error-code", "deprecated", "--cache-dir", str(tmp_path)),
            *("--config-file", os.devnull, "--follow-imports", "silent", str(program)),
        ],
        cwd=lamps.root,
        env={**os.environ, "MYPYPATH": os.pathsep.join([str(CUSTOM), str(lamps.root)])},
        capture_output=True,
        text=True,
        check=False,
    )
    found = [line for line in done.stdout.splitlines() if ": error: " in line]
    assert all(line.endswith("[deprecated]") for line in found), done.stdout
    assert {int(line.split(":")[1]) for line in found} == MARKED
    assert any(SAID["lamps.get"] in line for line in found)


def test_the_documentation_says_so_where_an_editor_shows_it(lamps) -> None:
    model, resource = lamps.text("models/lamp.py"), lamps.text("resources/lamps.py")
    assert '    watt: float | Unset = UNSET\n    """Deprecated: Use lumen <br>instead."""\n' in model
    assert "        fitting: Deprecated.\n" in model
    assert "        socket: Deprecated.\n" in model
    assert "        mount:" not in model
    assert '            colour: Deprecated. Say "shade" instead.\n' in resource
    assert "            old_sort: Deprecated. `oldSort` in the query.\n" in resource
    assert "            x_old: Deprecated. `X-Old` in the header.\n" in resource
    assert resource.count("        Deprecated by the reference.\n") == 3


def test_a_class_that_two_places_share_stays_one_when_one_of_them_becomes_deprecated(house, api) -> None:
    colour = {"type": "string", "enum": ["RED", "BLUE"]}

    def page(**more):
        return api.markdown(
            *(
                api.document(
                    f"/lamps/{name}",
                    "get",
                    api.operation(
                        f"{name}.list", parameters=[{"name": "colour", "in": "query", "schema": schema}]
                    ),
                )
                for name, schema in (("cold", colour), ("warm", {**colour, **more}))
            )
        )

    house.vendor("lamps", page())
    house.done("generate")
    names = house.names()
    assert "LampColour" in names.values()
    house.vendor("lamps", page(deprecated=True))
    house.done("generate")
    assert house.names() == names
    assert house.text("resources/lamps.py").count("colour: LampColour | ") == 2
    assert "lamps.get_warm(colour=...) is deprecated" in house.text("resources/lamps.py")
    assert "@deprecated" not in house.text("models/lamp_colour.py")
