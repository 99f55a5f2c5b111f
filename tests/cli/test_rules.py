"""How arguments are read, and how commands end."""

import signal
import sys
from types import SimpleNamespace
from typing import Any

import pytest
import typer
from attrs import evolve

from flow_retail_cli import shell
from flow_retail_cli.arguments import read_arguments
from flow_retail_cli.errors import CommandError, ExitCode
from flow_retail_records.errors import UnknownResourceError
from flow_retail_records.resources import lists


def test_a_list_that_needs_arguments_asks_for_them() -> None:
    listing = lists()["customers"]
    shelf = evolve(listing, operation=evolve(listing.operation, query={"colour": "colour"}))
    with pytest.raises(CommandError) as caught:
        read_arguments(shelf, ["colour=red"], ("store_uid",))
    assert caught.value.sentence == "customers.list needs store_uid."
    assert "Pass --param store_uid=..." in caught.value.remedy
    assert read_arguments(shelf, ["store-uid=s=1"], ("store_uid",)) == {"store_uid": "s=1"}


def test_an_argument_that_takes_several_values_takes_them_with_commas() -> None:
    listing = lists()["customers"]
    shelf = evolve(
        listing,
        operation=evolve(listing.operation, query={"colour": "colour"}),
        choices={"colour": ("RED", "BLUE", "GREEN")},
        several=frozenset({"colour"}),
    )
    assert read_arguments(shelf, ["colour=red,BLUE", "colour=green"], ()) == {
        "colour": ["RED", "BLUE", "GREEN"]
    }
    with pytest.raises(CommandError, match="colour can't be 'mauve'"):
        read_arguments(shelf, ["colour=red,mauve"], ())


def ending(
    error: BaseException, capsys: pytest.CaptureFixture[str], *, debug: bool = False
) -> tuple[int, str]:
    def command(context: Any) -> None:
        raise error

    with pytest.raises(typer.Exit) as caught:
        shell.handle_errors(command)(context=SimpleNamespace(obj=SimpleNamespace(debug=debug)))
    return caught.value.exit_code, capsys.readouterr().err


def test_each_way_to_end_has_its_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert ending(KeyboardInterrupt(), capsys) == (130, "Error: Stopped as asked.\n")
    assert ending(OSError(28, "No space left on device"), capsys)[0] == 1
    assert ending(UnknownResourceError("It is none.", "Try one."), capsys) == (
        2,
        "Error: It is none.\nNext: Try one.\n",
    )
    assert ending(CommandError("It is so.", code=ExitCode.UNREACHABLE), capsys) == (3, "Error: It is so.\n")
    code, shown = ending(RuntimeError("x"), capsys, debug=True)
    assert code == 70
    assert "Traceback" in shown
    for passed in (typer.Exit(5), typer.Abort(), SystemExit(2)):
        with pytest.raises(type(passed)):
            shell.handle_errors(raising(passed))(context=SimpleNamespace(obj=None))


def raising(error: BaseException) -> Any:
    def command(context: Any) -> None:
        raise error

    return command


async def test_the_second_signal_cancels_the_task_that_waits() -> None:
    import asyncio

    from flow_retail_cli.stop_request import stopping

    asked: list[int] = []
    before = signal.getsignal(signal.SIGINT)

    async def work() -> None:
        with stopping(lambda: asked.append(1)) as interruption:
            signal.raise_signal(signal.SIGINT)
            while interruption.code is None:
                await asyncio.sleep(0)
            assert interruption.code == 130
            signal.raise_signal(signal.SIGTERM)
            await asyncio.sleep(60)

    with pytest.raises(asyncio.CancelledError):
        await asyncio.create_task(work())
    assert asked == [1]
    assert signal.getsignal(signal.SIGINT) is before


def test_the_main_program_ends_with_the_exit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    from flow_retail_cli.__main__ import main

    monkeypatch.setattr(sys, "argv", ["flow-retail", "--version"])
    with pytest.raises(SystemExit) as caught:
        main()
    assert caught.value.code == 0
