"""The one exception of the sandbox's API, and every problem with its text in each language."""

import re
from functools import lru_cache
from operator import itemgetter
from typing import Final, NamedTuple


class Problem(NamedTuple):
    """One way to be refused: the HTTP status, and its texts; what only a sandbox refuses is in English."""

    status: int
    en: str
    nb: str = ""


PROBLEMS: Final[dict[str, Problem]] = {
    "BODY_REQUIRED": Problem(400, "A JSON body is required", "Forespørselen mangler JSON-innhold"),
    "MALFORMED_JSON": Problem(400, "The body is not valid JSON", "Innholdet er ikke gyldig JSON"),
    "MALFORMED_FORM": Problem(400, "The body is not a valid form", "Innholdet er ikke et gyldig skjema"),
    "MERGE_WITH_ITSELF": Problem(
        400, "A customer cannot be merged with itself", "En kunde kan ikke slås sammen med seg selv"
    ),
    "INVALID_FIELD": Problem(
        400, "{place} is not valid ({keyword})", "{place} har ikke en gyldig verdi ({keyword})"
    ),
    "INVALID_PARAMETER": Problem(
        400, "The parameter {place} is not valid", "Parameteren {place} har ikke en gyldig verdi"
    ),
    "INVALID_FAULT": Problem(400, "{reason}"),
    "MALFORMED_REQUEST": Problem(400, "{reason}"),
    "INVALID_HOST": Problem(400, "The request needs exactly one valid Host header"),
    "UNAUTHORIZED": Problem(
        401, "A valid bearer token is required", "Forespørselen mangler et gyldig tilgangstoken"
    ),
    "ADMIN_TOKEN_REQUIRED": Problem(401, "The sandbox's own endpoints need its admin token"),
    "TOKEN_EXPIRED": Problem(401, "The access token has expired", "Tilgangstokenet er utløpt"),
    "FORBIDDEN": Problem(
        403, "The token does not give access to this tenant", "Tokenet gir ikke tilgang til denne leietakeren"
    ),
    "CROSS_SITE_REQUEST": Problem(403, "Requests from web pages are refused here"),
    "NOT_FOUND": Problem(404, "There is nothing at this address", "Det finnes ingenting på denne adressen"),
    "TENANT_NOT_FOUND": Problem(404, "Tenant {uid} does not exist", "Leietaker {uid} finnes ikke"),
    "RECORD_NOT_FOUND": Problem(404, "{entity} {uid} does not exist", "{entity} {uid} finnes ikke"),
    "EXTENSION_NOT_FOUND": Problem(
        404, "The extension {uid} is not set for that store", "Utvidelsen {uid} er ikke satt for butikken"
    ),
    "METHOD_NOT_ALLOWED": Problem(
        405, "This address does not support {method}", "Denne adressen støtter ikke {method}"
    ),
    "REQUEST_TIMEOUT": Problem(408, "The request took too long to arrive"),
    "RECORD_EXISTS": Problem(409, "{entity} {uid} already exists", "{entity} {uid} finnes allerede"),
    "BODY_TOO_LARGE": Problem(
        413, "The body is larger than {limit} bytes", "Innholdet er større enn {limit} byte"
    ),
    "UNSUPPORTED_MEDIA_TYPE": Problem(
        415, "The body's content type has to be {wanted}", "Innholdet må være {wanted}"
    ),
    "HOST_NOT_ALLOWED": Problem(
        421, "The sandbox does not serve this host name: allow it with allowed_hosts or --allowed-host"
    ),
    "CUSTOMER_TYPE_REQUIRED": Problem(
        422, "A new customer needs a customerType", "En ny kunde må ha customerType"
    ),
    "UID_REQUIRED": Problem(422, "{uid} is required", "{uid} mangler"),
    "RECORD_UID_RESERVED": Problem(
        422, "{uid} cannot identify a record", "{uid} kan ikke identifisere en post"
    ),
    "UNKNOWN_RECORD": Problem(422, "{entity} {uid} does not exist", "{entity} {uid} finnes ikke"),
    "INVALID_EMAIL": Problem(422, "{place} is not an e-mail address", "{place} er ikke en e-postadresse"),
    "INVALID_COUNTRY": Problem(
        422, "countryCode is not a two-letter country code", "countryCode er ikke en landkode på to bokstaver"
    ),
    "INVALID_LEDGER_NUMBER": Problem(
        422, "ledgerNumber may hold digits only", "ledgerNumber kan bare bestå av sifre"
    ),
    "UNKNOWN_PARENT": Problem(422, "The parent {uid} does not exist", "Hovedkunden {uid} finnes ikke"),
    "PARENT_NOT_ALLOWED": Problem(
        422,
        "Only a COMPANY can be a department of another customer",
        "Bare en kunde av typen COMPANY kan være avdeling under en annen",
    ),
    "PARENT_IN_A_CIRCLE": Problem(
        422, "A customer cannot be its own parent", "En kunde kan ikke være sin egen hovedkunde"
    ),
    "TOO_MANY_REQUESTS": Problem(
        429, "Too many requests, try again later", "For mange kall, prøv igjen senere"
    ),
    "HEADERS_TOO_LARGE": Problem(431, "The request's headers are larger than {limit} bytes"),
    "INTERNAL_ERROR": Problem(500, "Something went wrong", "Noe gikk galt"),
    "SERVICE_UNAVAILABLE": Problem(
        503, "The service is unavailable, try again later", "Tjenesten er utilgjengelig, prøv igjen senere"
    ),
}
"""Every problem; its name is the `code` of the response, unless a record's own name stands in it."""

_NORWEGIAN: Final = {
    "customer": "Kunde",
    "customerContact": "Kontaktperson",
    "customerGroup": "Kundegruppe",
    "product": "Vare",
    "store": "Butikk",
    "printer": "Skriver",
}


_CLOSE: Final = {"connection": "close"}
_HEADERS: Final = {401: {"www-authenticate": "Bearer"}, 413: _CLOSE, 431: _CLOSE, 503: _CLOSE}


class ApiError(Exception):
    """A request that is refused."""

    def __init__(
        self, problem: str, *, code: str = "", headers: dict[str, str] | None = None, **details: str
    ) -> None:
        super().__init__(code or problem)
        self.problem = problem
        self.code = code or problem
        self.status = PROBLEMS[problem].status
        self.headers = _HEADERS.get(self.status, {}) | (headers or {})
        self.details = details

    def message(self, language: str) -> str:
        """Say in one sentence what is wrong: in Norwegian for "nb", else in English."""
        details = dict(self.details)
        if "entity" in details:
            words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", details["entity"]).lower().capitalize()
            details["entity"] = _NORWEGIAN.get(details["entity"], words) if language == "nb" else words
        problem = PROBLEMS[self.problem]
        return (problem.nb if problem.nb and language == "nb" else problem.en).format(**details)


_LANGUAGES: Final = {"nb": "nb", "no": "nb", "nn": "nb", "en": "en"}
_RANGE: Final = re.compile(r"\s*([a-z]+)[a-z0-9-]*\s*(?:;\s*q=([01](?:\.[0-9]*)?))?\s*")


@lru_cache(maxsize=256)
def preferred_language(accept_language: str) -> str:
    """Pick "nb" or "en" from an Accept-Language header: English when it names neither."""
    ranges = filter(None, map(_RANGE.fullmatch, accept_language.lower().split(",")))
    weights = [(float(one[2] or 1), _LANGUAGES[one[1]]) for one in ranges if one[1] in _LANGUAGES]
    weight, language = max(weights, key=itemgetter(0), default=(0.0, "en"))
    return language if weight else "en"
