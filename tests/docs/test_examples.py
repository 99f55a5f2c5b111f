"""Every example of the README and of docs/ runs, and prints what the page shows."""

import pytest
from example_pages import blocks_of, pages
from example_runner import PageRunner, assert_prints
from example_shell import UnknownCommandError

RUN = {"python", "sh"}

PAGES = [page for page in pages() if any(block.language in RUN for block in blocks_of(page))]


@pytest.mark.parametrize("page", PAGES)
def test_the_examples_of_a_page_do_what_it_says(page, tmp_path):
    PageRunner(page, tmp_path).run(blocks_of(page))


@pytest.mark.parametrize("page", pages())
def test_every_block_names_its_language(page):
    assert [block.where for block in blocks_of(page) if not block.language] == []


@pytest.mark.parametrize("page", [page for page in PAGES if page.startswith("docs/guides/")])
def test_a_guide_says_itself_what_to_install(page):
    text = "".join(block.code for block in blocks_of(page))
    if page != "docs/guides/index.md":
        assert 'pip install "flow-retail-client[' in text
        # A client without arguments finds its settings in the environment.
        assert "FlowRetail()" not in text or "export FLOW_RETAIL_" in text or "flow_retail_sandbox." in text


def run(text, folder):
    folder.mkdir(exist_ok=True)
    PageRunner("invented.md", folder).run(blocks_of("invented.md", text))


class TestTheMechanism:
    def test_names_are_shared_by_the_blocks_of_a_page_also_across_awaits(self, tmp_path):
        run(
            "```python\npage = await flow.customers.list(page_size=1)\n```\n"
            "```python\nprint(len(page.items))\n```\n```text\n1\n```\n",
            tmp_path,
        )

    def test_an_exception_names_the_page_and_the_line(self, tmp_path):
        with pytest.raises(ZeroDivisionError) as caught:
            run("# Title\n\n```python\nx = 1\nx / 0\n```\n", tmp_path)
        last = caught.traceback[-1]
        assert (str(last.path).endswith("invented.md"), last.lineno + 1) == (True, 5)

    def test_another_output_than_shown_is_a_failure(self, tmp_path):
        with pytest.raises(AssertionError, match=r"invented\.md:2 prints"):
            run("```python\nprint(1)\n```\n\nIt prints:\n\n```text\n2\n```\n", tmp_path)

    def test_text_in_another_section_is_no_output(self, tmp_path):
        run("```python\nprint(1)\n```\n\n## Next\n\n```text\n2\n```\n", tmp_path)

    @pytest.mark.parametrize(
        ("shown", "printed"),
        [("a\n...\nd", "a\nb\nc\nd"), ("a\n...", "a\nb"), ("...\nd", "c\nd"), ("a", "a\n")],
    )
    def test_dots_on_a_line_stand_for_any_lines(self, shown, printed):
        (block, _) = blocks_of("invented.md", f"```python\n```\n```text\n{shown}\n```\n")
        assert_prints(block, printed)

    @pytest.mark.parametrize(("shown", "printed"), [("a\n...\nd", "a\nb\ne"), ("a", "ab"), ("a.b", "axb")])
    def test_all_else_is_compared_exactly(self, shown, printed):
        (block, _) = blocks_of("invented.md", f"```python\n```\n```text\n{shown}\n```\n")
        with pytest.raises(AssertionError):
            assert_prints(block, printed)

    def test_a_block_that_is_not_run_needs_a_reason(self, tmp_path):
        run("<!-- not run: it would wait for a real server -->\n```python no-run\n1 / 0\n```\n", tmp_path)
        with pytest.raises(AssertionError, match="needs its reason"):
            run("```python no-run\n1 / 0\n```\n", tmp_path / "other")

    def test_a_titled_block_is_a_file_that_commands_find(self, tmp_path):
        run(
            '```python title="hello.py"\nprint("hello")\n```\n'
            "```sh\npython hello.py\n```\n```text\nhello\n```\n",
            tmp_path,
        )

    def test_a_failing_command_is_a_failure(self, tmp_path):
        with pytest.raises(AssertionError, match=r"invented\.md:5"):
            run('```python title="fails.py"\n1 / 0\n```\n```sh\npython fails.py\n```\n', tmp_path)

    @pytest.mark.parametrize("command", ["rm -r .", "python elsewhere.py", "python -m something"])
    def test_an_unknown_command_is_a_failure_that_says_what_to_do(self, command, tmp_path):
        with pytest.raises(UnknownCommandError, match="mark the block"):
            run(f"```sh\n{command}\n```\n", tmp_path)

    def test_a_server_is_started_on_a_free_port_and_stopped(self, tmp_path):
        run("```sh\nflow-retail-sandbox --port 8080 --customers 3\n```\n", tmp_path)
