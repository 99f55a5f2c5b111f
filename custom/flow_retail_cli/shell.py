"""Parsing of the command line, and error handling of all commands."""

import functools
import traceback
from collections.abc import Callable
from typing import Any, ParamSpec

import typer
from typer.core import TyperCommand, TyperGroup

from flow_retail_cli.errors import CommandError, ExitCode, explain
from flow_retail_cli.output import print_error
from flow_retail_core.errors import FlowRetailError
from flow_retail_records.errors import UnknownResourceError

P = ParamSpec("P")


class CommandGroup(TyperGroup):
    """A group whose own options are also accepted after the command."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the command line."""
        valued = {
            name
            for parameter in self.params
            if not getattr(parameter, "is_flag", False)
            for name in parameter.opts
        }
        return super().parse_args(ctx, move_options_first(args, valued, {"--debug"}))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the command; its help names the available resources."""
        name, command, rest = super().resolve_command(ctx, args)
        named = [parameter for parameter in getattr(command, "params", ()) if parameter.name == "resource"]
        if named and {"-h", "--help"} & set(rest):
            from flow_retail_records.resources import possible

            named[0].help = f"One of: {', '.join(possible(str(name)))}."
        return name, command, rest


class Command(TyperCommand):
    """A command whose usage names its arguments as they are typed; Typer adds braces, by version."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """The parts of the usage line."""
        arguments = [found for found in self.get_params(ctx) if found.param_type_name == "argument"]
        return ["[OPTIONS]", *(str(found.metavar or found.name) for found in arguments)]


def move_options_first(arguments: list[str], valued: set[str], flags: set[str]) -> list[str]:
    """Move options to the front."""
    front: list[str] = []
    rest: list[str] = []
    waiting = iter(arguments)
    for argument in waiting:
        if argument == "--":
            rest += [argument, *waiting]
        elif argument in valued:
            front += [argument, *([value] if (value := next(waiting, None)) is not None else [])]
        elif argument in flags or argument.partition("=")[0] in valued:
            front.append(argument)
        else:
            rest.append(argument)
    return [*front, *rest]


def handle_errors(command: Callable[P, ExitCode | None]) -> Callable[P, None]:
    """Turn what a command raises into a message and an exit code."""

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        context: Any = kwargs.get("context")
        debug = bool(getattr(context.obj, "debug", False))
        try:
            code = command(*args, **kwargs) or ExitCode.DONE
        except (typer.Exit, typer.Abort, SystemExit):
            raise
        except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001  # reported in one sentence
            if debug:
                traceback.print_exc()
            code = _end(error)
        if code:
            raise typer.Exit(int(code))

    return run


def _end(error: BaseException) -> ExitCode:
    if isinstance(error, FlowRetailError):
        error = explain(error)
    if isinstance(error, UnknownResourceError):
        error = CommandError(error.problem, error.remedy)
    if isinstance(error, KeyboardInterrupt):
        error = CommandError("Stopped as asked.", code=ExitCode.INTERRUPTED)
    if isinstance(error, OSError):
        path = f" {error.filename}" if error.filename else ""
        error = CommandError(
            f"The operating system refused it:{path} {error.strerror or type(error).__name__}.",
            "Check the free space and the permissions; run the same command again to resume.",
            code=ExitCode.SOME_FAILED,
        )
    if not isinstance(error, CommandError):
        # Its text may hold personal data.
        error = CommandError(
            f"This should not happen ({type(error).__name__}).",
            "Run it with --debug and report what that shows, without personal data.",
            code=ExitCode.BUG,
        )
    print_error(error.sentence, error.remedy)
    return error.code
