"""Whether the merged spec is valid as a whole."""

import warnings
from collections.abc import Mapping
from typing import Any

from openapi_spec_validator import OpenAPIV30SpecValidator

from pipeline.document.references import Pointer, location
from pipeline.document.structure import shorten
from pipeline.document.traversal import walk
from pipeline.errors import PipelineError, refuse


def check_meaning(document: dict[str, Any], origins: Mapping[Pointer, str]) -> None:
    """Refuse a document that is well-formed, but not valid as a whole."""
    try:
        with warnings.catch_warnings():
            # The validator reads patterns with Python, which has its doubts about some.
            warnings.simplefilter("ignore", FutureWarning)
            errors = list(OpenAPIV30SpecValidator(document).iter_errors())
    # The validator lets errors of any kind through for documents that it did not expect.
    except Exception as error:
        raise PipelineError(
            f"openapi.json: the validator failed on it: {type(error).__name__}: {shorten(str(error))}"
        ) from error
    refuse(
        "the merged spec is not valid OpenAPI 3.0; correct it in openapi/overlay.yaml:",
        [f"{location(_pointer(document, error), origins)}: {shorten(error.message)}" for error in errors],
    )


def _pointer(document: dict[str, Any], error: Any) -> Pointer:
    """Where an error is; of defaults and patterns, the validator does not tell."""
    known = tuple(error.absolute_path)
    for pointer, schema in walk(document):
        if known[-1:] == ("pattern",) and schema.get("pattern") == error.instance:
            return (*pointer, "pattern")
        if not known and schema.get("default") == error.instance and error.validator in schema:
            return (*pointer, "default")
    return known
