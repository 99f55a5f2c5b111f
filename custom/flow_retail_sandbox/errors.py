"""The one exception of the sandbox's API, and every problem it can tell in each language."""

from typing import Final, NamedTuple


class Problem(NamedTuple):
    """One way to be refused: the HTTP status, and the text in English and in Norwegian."""

    status: int
    en: str
    nb: str


PROBLEMS: Final[dict[str, Problem]] = {
    "BODY_REQUIRED": Problem(400, "A JSON body is required", "Forespørselen mangler JSON-innhold"),
    "MALFORMED_JSON": Problem(400, "The body is not valid JSON", "Innholdet er ikke gyldig JSON"),
    "MERGE_WITH_ITSELF": Problem(
        400, "A customer cannot be merged with itself", "En kunde kan ikke slås sammen med seg selv"
    ),
    "INVALID_FIELD": Problem(
        400, "{place} is not valid ({keyword})", "{place} har ikke en gyldig verdi ({keyword})"
    ),
    "INVALID_PARAMETER": Problem(
        400, "The parameter {place} is not valid", "Parameteren {place} har ikke en gyldig verdi"
    ),
    "INVALID_HOST": Problem(
        400, "The request needs exactly one valid Host header", "Forespørselen må ha ett gyldig Host-felt"
    ),
    "UNAUTHORIZED": Problem(
        401, "A valid bearer token is required", "Forespørselen mangler et gyldig tilgangstoken"
    ),
    "ADMIN_TOKEN_REQUIRED": Problem(
        401,
        "The sandbox's own endpoints need its admin token",
        "Sandkassens egne adresser krever admin-tokenet",
    ),
    "TOKEN_EXPIRED": Problem(401, "The access token has expired", "Tilgangstokenet er utløpt"),
    "FORBIDDEN": Problem(
        403, "The token does not give access to this tenant", "Tokenet gir ikke tilgang til denne leietakeren"
    ),
    "CROSS_SITE_REQUEST": Problem(
        403, "Requests from web pages are not answered here", "Forespørsler fra nettsider besvares ikke her"
    ),
    "NOT_FOUND": Problem(404, "There is nothing at this address", "Det finnes ingenting på denne adressen"),
    "TENANT_NOT_FOUND": Problem(404, "Tenant {uid} does not exist", "Leietaker {uid} finnes ikke"),
    "STORE_NOT_FOUND": Problem(404, "Store {uid} does not exist", "Butikk {uid} finnes ikke"),
    "PRINTER_NOT_FOUND": Problem(404, "Printer {uid} does not exist", "Skriver {uid} finnes ikke"),
    "CUSTOMER_NOT_FOUND": Problem(404, "Customer {uid} does not exist", "Kunde {uid} finnes ikke"),
    "CUSTOMER_CONTACT_NOT_FOUND": Problem(
        404, "Customer contact {uid} does not exist", "Kontaktperson {uid} finnes ikke"
    ),
    "CUSTOMER_GROUP_NOT_FOUND": Problem(
        404, "Customer group {uid} does not exist", "Kundegruppe {uid} finnes ikke"
    ),
    "EXTENSION_NOT_FOUND": Problem(
        404, "The extension {uid} is not set for that store", "Utvidelsen {uid} er ikke satt for butikken"
    ),
    "METHOD_NOT_ALLOWED": Problem(
        405, "This address does not answer {method}", "Denne adressen svarer ikke på {method}"
    ),
    "REQUEST_TIMEOUT": Problem(
        408, "The request took too long to arrive", "Forespørselen brukte for lang tid på å komme fram"
    ),
    "CUSTOMER_EXISTS": Problem(409, "Customer {uid} already exists", "Kunde {uid} finnes allerede"),
    "CUSTOMER_CONTACT_EXISTS": Problem(
        409, "Customer contact {uid} already exists", "Kontaktperson {uid} finnes allerede"
    ),
    "CUSTOMER_GROUP_EXISTS": Problem(
        409, "Customer group {uid} already exists", "Kundegruppe {uid} finnes allerede"
    ),
    "BODY_TOO_LARGE": Problem(
        413, "The body is larger than {limit} bytes", "Innholdet er større enn {limit} byte"
    ),
    "UNSUPPORTED_MEDIA_TYPE": Problem(
        415, "The body's content type has to be application/json", "Innholdet må være application/json"
    ),
    "HOST_NOT_ALLOWED": Problem(
        421,
        "The sandbox does not answer to this host name: allow it with allowed_hosts or --allowed-host",
        "Sandkassen svarer ikke under dette vertsnavnet: tillat det med allowed_hosts eller --allowed-host",
    ),
    "CUSTOMER_TYPE_REQUIRED": Problem(
        422, "A new customer needs a customerType", "En ny kunde må ha customerType"
    ),
    "CUSTOMER_UID_REQUIRED": Problem(422, "customerUid is required", "customerUid mangler"),
    "CUSTOMER_UID_RESERVED": Problem(
        422, "{uid} cannot be a customerUid", "{uid} kan ikke brukes som customerUid"
    ),
    "INVALID_EMAIL": Problem(422, "{place} is not an e-mail address", "{place} er ikke en e-postadresse"),
    "INVALID_COUNTRY": Problem(
        422, "countryCode is not a two-letter country code", "countryCode er ikke en landkode på to bokstaver"
    ),
    "INVALID_LEDGER_NUMBER": Problem(
        422, "ledgerNumber may hold digits only", "ledgerNumber kan bare bestå av sifre"
    ),
    "UNKNOWN_CUSTOMER": Problem(422, "Customer {uid} does not exist", "Kunde {uid} finnes ikke"),
    "UNKNOWN_CUSTOMER_GROUP": Problem(
        422, "Customer group {uid} does not exist", "Kundegruppe {uid} finnes ikke"
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
    "HEADERS_TOO_LARGE": Problem(
        431, "The request's headers are larger than {limit} bytes", "Hodefeltene er større enn {limit} byte"
    ),
    "INTERNAL_ERROR": Problem(500, "Something went wrong", "Noe gikk galt"),
    "NOT_IMPLEMENTED": Problem(
        501, "The sandbox does not know this operation yet", "Sandkassen kan ikke denne operasjonen ennå"
    ),
    "SERVICE_UNAVAILABLE": Problem(
        503, "The service is unavailable, try again later", "Tjenesten er utilgjengelig, prøv igjen senere"
    ),
}
"""Every code that an answer's `code` can hold."""


class ApiError(Exception):
    """A request that is refused.

    Args:
        code: A key of PROBLEMS.
        headers: Headers to answer with, besides the usual ones.
        **details: What the text names, such as `uid`.
    """

    def __init__(self, code: str, *, headers: dict[str, str] | None = None, **details: str) -> None:
        super().__init__(code)
        self.code = code
        self.status = PROBLEMS[code].status
        self.headers = headers or {}
        self.details = details

    def message(self, language: str) -> str:
        """Tell the problem.

        Args:
            language: "nb" for Norwegian; anything else gives English.

        Returns:
            One sentence.
        """
        problem = PROBLEMS[self.code]
        return (problem.nb if language == "nb" else problem.en).format(**self.details)


def preferred_language(accept_language: str) -> str:
    """Pick the language of messages from an Accept-Language header.

    Args:
        accept_language: The header's value, empty if there was none.

    Returns:
        "nb" or "en": whichever of the two the caller likes better, English when it names neither.
    """
    best, best_weight = "en", 0.0
    for part in accept_language.split(","):
        name, _, parameter = part.strip().partition(";")
        primary = name.strip().lower().split("-")[0]
        language = {"nb": "nb", "no": "nb", "nn": "nb", "en": "en"}.get(primary)
        weight_text = parameter.strip().removeprefix("q=")
        try:
            weight = float(weight_text) if parameter.strip() else 1.0
        except ValueError:
            weight = 0.0
        if language is not None and weight > best_weight:
            best, best_weight = language, weight
    return best
