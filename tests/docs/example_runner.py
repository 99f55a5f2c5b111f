"""Runs the blocks of one page against one sandbox, as a reader does: from top to bottom, names shared."""

import ast
import asyncio
import contextlib
import gc
import inspect
import io
import linecache
import logging
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from example_given import given_to
from example_pages import Block
from example_servers import servers
from example_shell import put_programs, run_shell

from flow_retail_client import FlowRetail, Retry
from flow_retail_sandbox import RunningSandbox, run_sandbox

_PUBLISHED_URL = "http://127.0.0.1:8080/v2"
"""The address of the sandbox on the pages."""

_RUN_BY_PYTEST = re.compile(r"test_.*|conftest\.py")


class PageRunner:
    """Runs blocks.

    Args:
        page: The page, from the root of the repository.
        folder: An empty folder, in which the page's files are written and its commands are run.
    """

    def __init__(self, page: str, folder: Path) -> None:
        self._page = page
        self._folder = folder
        self._run_by_commands: set[str] = set()
        self._addresses: dict[str, str] = {}

    def run(self, blocks: list[Block]) -> None:
        """Run all blocks of the page.

        Raises:
            AssertionError: One printed something else than the page shows, or a command failed.
            Exception: What an example raised; the traceback names the page and the line.
        """
        (self._folder / "bin").mkdir()
        put_programs(self._folder / "bin")
        text = "".join(block.code for block in blocks)
        with (
            run_sandbox() as sandbox,
            servers(text, sandbox.base_url, self._folder) as addresses,
            _world(self._folder, sandbox),
            asyncio.Runner() as loop,
        ):
            self._addresses = {_PUBLISHED_URL: sandbox.base_url, **addresses}
            flow = FlowRetail(retry=Retry(base_delay=0.001, max_delay=0.002))
            names = given_to(self._page, flow)
            try:
                self._run_by_commands = {
                    word
                    for block in blocks
                    if block.language == "sh" and block.is_run
                    for word in block.code.split()
                }
                for block in blocks:
                    self._run_block(block, names, loop)
            except BaseException:
                # Or the next page would be blamed for what this one, cut short, left open.
                for value in list(names.values()):
                    if isinstance(value, FlowRetail):
                        loop.run(value.aclose())
                raise
            finally:
                loop.run(flow.aclose())
        # An example that forgets to close what it opened is a warning, and so a failure, here and now.
        gc.collect()

    def _run_block(self, block: Block, names: dict[str, object], loop: asyncio.Runner) -> None:
        if not block.is_run:
            assert block.comment, (
                f"{block.where}: a block that is not run needs its reason: <!-- not run: ... -->"
            )
            return
        if block.title is not None:
            file = self._folder / block.title
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(self._addressed(block.code), encoding="utf-8")
        if block.language == "python":
            if block.title is not None and (
                block.title in self._run_by_commands or _RUN_BY_PYTEST.fullmatch(Path(block.title).name)
            ):
                return
            printed = self._run_python(block, names, loop)
        elif block.language == "sh":
            printed = run_shell(block, self._folder)
        else:
            return
        if block.output is not None:
            assert_prints(block, printed.replace(self._addresses[_PUBLISHED_URL], _PUBLISHED_URL))

    def _addressed(self, code: str) -> str:
        for published, actual in self._addresses.items():
            code = code.replace(published, actual)
        return code

    def _run_python(self, block: Block, names: dict[str, object], loop: asyncio.Runner) -> str:
        source = self._addressed(block.code)
        # Empty lines before it, so that a traceback has the line of the page.
        padded = "\n" * (block.line - 1) + source
        linecache.cache[block.page] = (len(padded), None, padded.splitlines(keepends=True), block.page)
        code = compile(padded, block.page, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            if code.co_flags & inspect.CO_COROUTINE:
                loop.run(eval(code, names))
            else:
                exec(code, names)
        return printed.getvalue()


def assert_prints(block: Block, printed: str) -> None:
    """Compare what a block printed with what the page shows; a line `...` stands for any lines.

    Raises:
        AssertionError: They differ.
    """
    shown = (block.output or "").strip()
    pieces = [re.escape(piece.strip("\n")) for piece in re.split(r"^\.\.\.$", shown, flags=re.MULTILINE)]
    pattern = r"(?:\n?[\s\S]*\n?)".join(pieces)
    assert re.fullmatch(pattern, printed.strip()), (
        f"{block.where} prints\n{printed}\nbut the page shows\n{block.output}"
    )


@contextlib.contextmanager
def _world(folder: Path, sandbox: RunningSandbox) -> Iterator[None]:
    """What a reader has set up: the variables of a client, a folder to work in, modules in it."""
    variables = {
        "FLOW_RETAIL_TENANT": sandbox.tenant,
        "FLOW_RETAIL_TOKEN": sandbox.token,
        "FLOW_RETAIL_BASE_URL": sandbox.base_url,
    }
    before = {name: os.environ.get(name) for name in variables}
    modules = set(sys.modules)
    os.environ.update(variables)
    sys.path.insert(0, str(folder))
    try:
        with contextlib.chdir(folder):
            yield
    finally:
        sys.path.remove(str(folder))
        log = logging.getLogger("flow_retail_client")
        log.handlers.clear()
        log.setLevel(logging.NOTSET)
        for name in set(sys.modules) - modules:
            # Two pages may call their files the same.
            if str(getattr(sys.modules[name], "__file__", None) or "").startswith(str(folder)):
                del sys.modules[name]
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
