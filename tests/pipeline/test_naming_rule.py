"""Names by rule read as a person would write them, for pages never seen, in whatever order they come."""

import itertools
import json
import math
import random

import pytest

from pipeline.naming.methods import method_names, schema_name
from pipeline.naming.name_registry import Exceptions, NameRegistry
from pipeline.naming.words import identifier, is_plural, plural, singular, words
from pipeline.spec.builder import build_spec
from pipeline.vendor.pages import split

PAGED = {"type": "object", "properties": {"items": {"type": "array", "items": {}}, "paging": {}}}
TENANT = "/tenants/{tenantUid}"

# Page by page: name, method, path, summary; `*` before a name says that a page of a list comes back.
PAGES = {
    "Prices": """
        *pricelists.list         GET T/pricelists
        pricelists.create        POST T/pricelists
        pricelists.get           GET T/pricelists/{pricelistUid}
        prices.batch             POST T/prices/batch
        *prices.list             GET T/products/{productUid}/prices
        prices.get               GET T/stores/{storeUid}/products/{productUid}/prices/{priceUid}
    """,
    "Giftcard": """
        giftcards.get                  GET T/stores/{storeUid}/giftcards/{giftcardNumber}
        giftcards.update               PUT T/stores/{storeUid}/giftcards/{giftcardNumber}
        *giftcards.list_transactions   GET T/giftcards/{giftcardNumber}/transactions
        giftcards.add_transaction      POST T/giftcards/{giftcardNumber}/transactions
        giftcards.get_balance          POST T/giftcards/balance | Get the balance of a gift card
        vouchers.redeem                POST T/vouchers/{voucherUid}/redeem
    """,
    "StockInfo": """
        *stock.search            POST T/products/stock
        *stock.search_in_store   POST T/stores/{storeUid}/stock
        stock.get                GET T/warehouses/{warehouseUid}/stock/{productUid}
        stock.update             PUT T/stores/{storeUid}/warehouses/{warehouseUid}/stock/{productUid}
    """,
    "Tenant": """
        *tenants.list            GET /tenants
        tenants.create           POST /tenants
        tenants.get              GET /tenants/{tenantUid}
        tenants.get_settings     GET T/settings
        tenants.update_logo      PUT T/logo
        tenants.activate         POST T/activate
        *users.list              GET T/users
        users.get                GET T/users/{userUid}
    """,
    "Account": """
        account.create           POST T/account
        account.get              GET /account
        account.update_password  PUT /account/password
        account.logout           POST /account/logout
    """,
    "Auth": "auth.login POST /login",
    "Webhooks": """
        *http_transports.list    GET T/httptransports
        http_transports.create   POST T/httptransports
        http_transports.get      GET T/httptransports/{httpTransportUid}
        http_transports.test     POST T/httptransports/{httpTransportUid}/test
        *events.list             GET T/httptransports/{httpTransportUid}/events
        events.update            PUT T/httptransports/{httpTransportUid}/events/{eventCode}
        webhooks.get             GET T/webhooks/{webhookUid}
    """,
    "Extensions": """
        *extensions.list         GET T/extensions
        extensions.get           GET T/extensions/{tenantExtensionUid}
    """,
    "Order": """
        orders.get               GET T/orders/{orderUid}
        *orders.list             GET T/stores/{storeUid}/orders
        orders.create            POST T/stores/{storeUid}/orders
        orders.get_in_store      GET T/stores/{storeUid}/orders/{orderUid}
        *orders.search           POST T/orders/search
        orders.add_item          POST T/stores/{storeUid}/orders/{orderUid}/items
        orders.update_item       PUT T/stores/{storeUid}/orders/{orderUid}/items/{orderItemUid}
        orders.remove_item       DELETE T/stores/{storeUid}/orders/{orderUid}/items/{orderItemUid}
        orders.cancel_item       POST T/stores/{storeUid}/orders/{orderUid}/items/{orderItemUid}/cancel
        *orders.list_item_discounts GET T/stores/{storeUid}/orders/{orderUid}/items/{orderItemUid}/discounts
        orders.get_receipt       GET T/orders/{orderUid}/receipt | Get the receipt as PDF
        orders.complete          PUT T/orders/{orderUid}/complete | Complete an order
        orders.mark_as_paid      POST T/orders/{orderUid}/mark-as-paid
        orders.count             GET T/orders/count | Count orders
        orders.get_by_number     GET T/orders/by-number/{orderNumber}
        *orders.list_history     GET T/orders/{orderUid}/history
        orders.print             POST T/orders/print
        order_lines.get          GET T/orderlines/{orderLineUid}
        orders.get_v3            GET /v3/tenants/{tenantUid}/orders/{orderUid}
    """,
    "Reports": """
        reports.get_sales        GET T/reports/sales | Sales of a day
        reports.get_daily        GET T/stores/{storeUid}/reports/daily/{date}
        reports.get_vat_summary_csv GET T/reports/vat-summary.csv | VAT summary as CSV
        reports.run              POST T/reports/{reportUid}/run
        reports.get_run_result   GET T/reports/{reportUid}/runs/{runUid}/result
    """,
    "Campaign": """
        *campaigns.list          GET T/campaigns
        campaigns.update         PUT T/campaigns/{campaignUid}
        campaigns.patch          PATCH T/campaigns/{campaignUid}
        campaigns.activate       POST T/campaigns/{campaignUid}/activate
        campaigns.update_products PUT T/campaigns/{campaignUid}/products
    """,
    "User": """
        *users.list              GET T/users
        users.get_me             GET /users/me | Who the token is of
        users.get_me_in_tenant   GET T/users/me | Who the token is of
        *users.list_roles        GET T/users/{userUid}/roles
        users.update_role        PUT T/users/{userUid}/roles/{roleCode}
        users.remove_role        DELETE T/users/{userUid}/roles/{roleCode}
        users.reset_password     POST T/users/{userUid}/reset-password
        users.upload_avatar      POST T/users/{userUid}/avatar | Upload an avatar
    """,
    "Address": """
        *addresses.list_for_customer GET T/customers/{customerUid}/addresses
        *addresses.list_for_supplier GET T/suppliers/{supplierUid}/addresses
        addresses.delete         DELETE T/suppliers/{supplierUid}/addresses/{addressUid}
    """,
    "Product": """
        products.get_image       GET T/products/{productUid}/image
        products.update_image    PUT T/products/{productUid}/image | Upload an image
        products.remove_image    DELETE T/products/{productUid}/image
        products.import_         POST T/products/import
        products.calculate_prices POST T/products/calculate-prices | Price calculation
        *products.list_labels    GET T/products/labels
    """,
    "VAT": """
        *vat.list                GET /vat
        *vat.list_for_country    GET /vat/{countryCode}
        vat.get_rate             GET /vat/{countryCode}/rate
    """,
    "Config": """
        print_settings.get       GET T/print-settings
        *currencies.list         GET /currencies
        exchange_rates.get       GET T/exchange-rates/{from}/{to}
        config.delete            DELETE T/config/{configKey}
        *number_series.list      GET T/number-series
        boxes.get                GET T/boxes/{boxUid}
        *statuses.list           GET T/statuses
        *data.list               GET T/data
        classes.get              GET T/classes/{classCode}
        class_.get               GET T/class/{classCode}
    """,
    "Till": """
        *cash_counts.list        GET T/stores/{storeUid}/tills/{tillUid}/cash-counts
        tills.open               POST T/stores/{storeUid}/tills/{tillUid}/open
        *tills.list_in_organization GET T/organizations/{organizationUid}/tills
        *tills.list_in_store     GET T/stores/{storeUid}/tills
    """,
    "GDPR": "customers.export GET T/customers/{customerUid}/export | Export what is known",
}


def _operations(tag, rows):
    """The operations of a page and what each is to be called."""
    for row in rows.strip().splitlines():
        name, method, path, *summary = row.replace("|", " ").split()
        schema = PAGED if name.startswith("*") else {"type": "object", "properties": {"a": {}}}
        yield (
            name.strip("*"),
            path.replace("T/", f"{TENANT}/", 1) if path.startswith("T/") else path,
            method.lower(),
            {
                "tags": [tag],
                "summary": " ".join(summary),
                "responses": {"200": {"content": {"application/json": {"schema": schema}}}},
            },
        )


def _document(pages):
    document = {"paths": {}, "components": {}}
    for tag in pages:
        for _, path, method, operation in _operations(tag, PAGES[tag]):
            document["paths"].setdefault(path, {})[method] = operation
    return document


@pytest.mark.parametrize("tag", PAGES)
def test_a_page_alone_has_the_names_that_a_person_would_give(tag) -> None:
    expected = {f"{method.upper()} {path}": name for name, path, method, _ in _operations(tag, PAGES[tag])}
    assert method_names(_document([tag]), recorded={}, exceptions={}) == expected


def test_all_pages_together_have_the_same_names_in_whatever_order_they_come() -> None:
    tags = [*PAGES]
    expected = method_names(_document(tags), recorded={}, exceptions={})
    for _ in range(20):
        random.Random(tags[0]).shuffle(tags)
        assert method_names(_document(tags), recorded={}, exceptions={}) == expected
    assert len(set(expected.values())) == len(expected)


def test_a_recorded_name_stands_whatever_comes_later() -> None:
    recorded: dict[str, str] = {}
    for number in range(1, len(PAGES) + 1):
        names = method_names(_document([*PAGES][:number]), recorded=recorded, exceptions={})
        assert names | recorded == names
        recorded = names


def test_the_real_pages_need_no_entry_and_no_record(real) -> None:
    names = json.loads((real.root / "openapi/names.json").read_bytes())
    methods = method_names(real.spec(), recorded={}, exceptions={})
    spec = real.spec()
    # The spec has resources for tags; the rule gives the same from those.
    assert methods == {title: name for title, name in names["methods"].items() if title in methods}
    assert len(methods) == sum(len(item) for item in spec["paths"].values())


def _fragments(real, api):
    pages = {"invented": [document for page in api.PAGES.values() for document in page]}
    for folder in (real.root / "openapi/fragments").iterdir():
        pages[folder.name] = [json.loads(file.read_bytes()) for file in sorted(folder.glob("*.json"))]
    servers = pages["customer"][0]["servers"]
    return {
        name: [
            found
            for document in documents
            for found in split(document | {"servers": servers}, where=f"{name}.json")
        ]
        for name, documents in pages.items()
    }


def test_classes_and_methods_do_not_depend_on_the_order_of_pages(real, api) -> None:
    pages = _fragments(real, api)
    # What two pages define differently is no matter of names.
    pages.pop("invented")
    names = set()
    # Of many pages not every order can be tried.
    step = max(1, math.factorial(len(pages)) // 6)
    for order in itertools.islice(itertools.permutations(pages), 0, None, step):
        spec = build_spec(
            [fragment for name in order for fragment in pages[name]],
            {"overlay": "1.0.0", "actions": []},
            overlay_name="overlay.yaml",
            registry=NameRegistry(),
            exceptions=Exceptions(),
        )
        names.add(spec.registry.text())
    assert len(names) == 1


@pytest.mark.parametrize(
    ("name", "body", "response"),
    [
        ("tills.close", "TillClose", "TillClose"),
        ("languages.list", "LanguageList", "Languages"),
        ("stores.update_opening_hours", "StoreOpeningHoursUpdate", "StoreOpeningHours"),
        ("customer_groups.update_customers", "CustomerGroupCustomersUpdate", "CustomerGroupCustomers"),
        ("brands.create", "BrandCreate", "Brand"),
        ("orders.import_", "OrderImport", "OrderImport"),
        ("giftcards.get_balance", "GiftcardBalance", "GiftcardBalance"),
        ("users.upload_avatar", "UserAvatarUpload", "UserAvatar"),
    ],
)
def test_what_has_no_name_of_its_own_is_named_after_its_method(name, body, response) -> None:
    assert schema_name(name, sent=True) == body
    assert schema_name(name, sent=False) == response


@pytest.mark.parametrize(
    ("one", "many"),
    [
        *(("series", "series"), ("number-series", "number-series"), ("data", "data"), ("stock", "stock")),
        *(("country", "countries"), ("currency", "currencies"), ("key", "keys"), ("box", "boxes")),
        *(("address", "addresses"), ("status", "statuses"), ("bonus", "bonuses"), ("alias", "aliases")),
        *(("price", "prices"), ("warehouse", "warehouses"), ("purchase", "purchases"), ("size", "sizes")),
        *(("branch", "branches"), ("tax", "taxes"), ("match", "matches"), ("class", "classes")),
        *(("shelf", "shelves"), ("person", "people"), ("index", "indices"), ("analysis", "analyses")),
        *(("vat", "vats"), ("api", "apis"), ("id", "ids"), ("cache", "caches"), ("photo", "photos")),
    ],
)
def test_words_have_a_singular_and_a_plural(one, many) -> None:
    assert (singular(one), singular(many), plural(one), plural(many)) == (one, one, many, many)
    assert is_plural(many)
    assert is_plural(one) == (one == many)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("beløp", "belop"),
        ("Ærlig-Årsak", "aerlig_arsak"),
        ("2fa", "field_2fa"),
        ("class", "class_"),
        ("日本", "field_"),
    ],
)
def test_an_attribute_is_ascii_whatever_the_property_is_called(text, expected) -> None:
    assert identifier(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("httpTransportUid", "http transport uid"),
        ("VAT-codes", "vat codes"),
        ("HTTPTransport", "http transport"),
        ("XMLHttpRequest2", "xml http request2"),
        ("productUIDs", "product uids"),
        ("Bjørn_ægg-%C3%A5r", "bjorn aegg ar"),
        ("", ""),
    ],
)
def test_identifiers_are_taken_apart_into_words(text, expected) -> None:
    assert " ".join(words(text)) == expected
