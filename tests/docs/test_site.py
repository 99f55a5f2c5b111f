"""The site: what its build refuses, what its reference covers, and that its drawings are of today."""

import ast
import contextlib
import inspect
import re
import sys
from importlib import import_module

import pytest
from example_pages import ROOT

import flow_retail_client
import flow_retail_sandbox
from flow_retail_client import FlowRetail, NotFoundError, models, resources
from flow_retail_sandbox import run_sandbox

# The site's own programs are loaded by their path, as the build does.
sys.path.append(str(ROOT / "docs" / "site"))

built = import_module("built")
call_examples = import_module("call_examples")
drawings = import_module("drawings")
reference = import_module("reference")
repository = import_module("repository")

METHODS = [
    (name, method)
    for name, cls in FlowRetail.RESOURCES.items()
    for method in getattr(resources, cls).OPERATIONS
]
PAGES = {page.name: page.read_text(encoding="utf-8") for page in (ROOT / "docs/reference").glob("*.md")}


@pytest.fixture
def site(tmp_path):
    """Write a site of one sound page, index.html, whose body and head can be added to."""

    def write(body="", head="", **files):
        (tmp_path / "index.html").write_text(
            f'<html><head>{head}</head><body><h1 id="top">Top</h1>{body}</body></html>', encoding="utf-8"
        )
        for name, text in files.items():
            (tmp_path / name.replace("__", ".")).write_text(text, encoding="utf-8")
        return built.problems_of(tmp_path)

    return write


class TestWhatTheBuildRefuses:
    def test_a_sound_site_passes(self, site):
        body = '<a href="#top">up</a><a href="other.html#there">on</a><a href="https://example.com">out</a>'
        assert site(body, other__html='<p id="there"></p>') == []

    def test_a_link_to_nothing(self, site):
        assert site('<a href="missing.html">x</a>') == [
            "index.html links to missing.html: there is no such file"
        ]

    @pytest.mark.parametrize("target", ["#nowhere", "other.html#nowhere"])
    def test_an_anchor_that_no_page_has(self, site, target):
        assert site(f'<a href="{target}">x</a>', other__html="") == [
            f"index.html links to {target}: the page has no anchor nowhere"
        ]

    def test_a_picture_that_is_not_there(self, site):
        assert len(site('<img src="missing.svg">')) == 1

    @pytest.mark.parametrize(
        "head",
        [
            '<script src="https://cdn.example.com/a.js"></script>',
            '<link rel="stylesheet" href="//cdn.example.com/a.css">',
            '<link rel="preconnect" href="https://fonts.example.com">',
            '<img srcset="https://cdn.example.com/a.png 2x">',
            '<iframe src="https://video.example.com"></iframe>',
            '<p style="background: url(https://cdn.example.com/a.png)"></p>',
        ],
    )
    def test_anything_that_is_loaded_from_another_host(self, site, head):
        (problem,) = site(head=head)
        assert problem.endswith("from elsewhere")

    @pytest.mark.parametrize(
        "rule", ["@import 'https://cdn.example.com/a.css';", "a {src: url(//c.example.com)}"]
    )
    def test_a_style_sheet_that_loads_from_another_host(self, site, rule):
        assert len(site(site__css=rule)) == 1


class TestTheReference:
    def test_it_has_every_public_name(self):
        shown = set(re.findall(r"^::: (\S+)", "\n".join(PAGES.values()), re.MULTILINE))
        for module in (flow_retail_client, flow_retail_sandbox):
            public = {f"{module.__name__}.{name}" for name in module.__all__ if name != "models"}
            assert public - shown == set()

    def test_it_has_every_resource_of_the_client(self):
        assert reference._resources() == dict(sorted(FlowRetail.RESOURCES.items()))

    # A deprecated method warns, in its example as elsewhere.
    @pytest.mark.filterwarnings("ignore:.* is deprecated by the API reference:DeprecationWarning")
    @pytest.mark.parametrize(("name", "method"), METHODS)
    async def test_the_example_of_a_method_is_a_call_that_the_api_understands(self, name, method):
        cls = getattr(resources, FlowRetail.RESOURCES[name])
        code = compile(
            call_examples.example(name, cls, method), method, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        )
        with run_sandbox(customers=2) as sandbox:
            async with FlowRetail(
                tenant=sandbox.tenant, token=sandbox.token, base_url=sandbox.base_url
            ) as flow:
                # Not every record that an example names is there; any other error is one of the example.
                with contextlib.suppress(NotFoundError):
                    await eval(code, {"flow": flow})

    def test_it_has_every_model_and_every_member_of_every_enum(self):
        assert sorted([*reference._models(), *reference._enums()]) == sorted(models.__all__)
        for name, members in reference._enums().items():
            assert members == list(getattr(models, name).__members__)

    def test_a_resource_vendored_tomorrow_has_a_page_by_itself(self, tmp_path, monkeypatch):
        (tmp_path / "resources").mkdir()
        (tmp_path / "resources" / "products.py").write_text("class Products(Resource):\n    pass\n")
        monkeypatch.setattr(reference, "_PACKAGE", tmp_path)
        assert reference._resources() == {"products": "Products"}
        assert "::: flow_retail_client.resources.products.Products" in reference._resource_page(
            "products", "Products"
        )


class TestWhatStandsOutsideOfDocs:
    @pytest.mark.parametrize(
        ("page", "target", "uri"),
        [
            ("index.md", "batch.md", "batch.md"),
            ("guides/fastapi.md", "../../examples/demo.py", "source/examples/demo.py.md"),
            ("sandbox.md", "../CHANGELOG.md", "changelog.md"),
            ("changelog.md", "docs/pagination.md", "pagination.md"),
            ("contributing.md", "README.md", "index.md"),
        ],
    )
    def test_a_link_leads_to_the_page_that_shows_it(self, page, target, uri):
        assert repository._uri(repository._path(page, target)) == uri

    def test_the_page_of_a_folder_shows_its_files(self):
        page = repository._source_page("docs/site")
        assert "## repository.py\n\n~~~~~python\n" in page
        assert "__pycache__/" not in page


def test_the_drawings_are_as_the_program_draws_them():
    for name, svg in drawings.drawings().items():
        kept = (ROOT / "docs" / "assets" / name).read_text(encoding="utf-8")
        assert kept == svg, f"{name} is old: PYTHONPATH=custom:. python docs/site/drawings.py"


def test_the_drawn_tree_of_errors_is_complete():
    drawn = drawings.drawings()["errors.svg"]
    errors = [
        name
        for name in flow_retail_client.__all__
        if inspect.isclass(value := getattr(flow_retail_client, name))
        and issubclass(value, flow_retail_client.FlowRetailError)
    ]
    assert [name for name in errors if f">{name}</text>" not in drawn] == []
