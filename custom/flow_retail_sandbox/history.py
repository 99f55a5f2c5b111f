"""What seeded customers have bought and handed in for repair, made up when an export asks for it."""

from random import Random
from typing import Any

from flow_retail_sandbox.clock import format_stamp
from flow_retail_sandbox.directory import STORES, USERS
from flow_retail_sandbox.json_values import Json
from flow_retail_sandbox.names import PRODUCTS

_FIRST_MOMENT = 1_735_689_600_000_000  # 2025-01-01 UTC in microseconds
_DAY = 86_400_000_000
_VAT_PERCENT = 25


def _random(number: int, what: str) -> Random:
    return Random(f"{what}/{number}")  # noqa: S311  # invented data, not secrets


def orders_of(number: int, customer: Json) -> list[Json]:
    """Make up a history's orders; the same number always gives the same ones.

    Args:
        number: The history's number.
        customer: The customer that the orders belong to now.

    Returns:
        Up to three orders.
    """
    random = _random(number, "orders")
    return [_order(f"{number}-{place}", random, customer) for place in range(1, random.randrange(4) + 1)]


def services_of(number: int, customer: Json, tenant: str) -> list[Json]:
    """Make up a history's service orders; the same number always gives the same ones.

    Args:
        number: The history's number.
        customer: The customer that they belong to now.
        tenant: The tenant's UID.

    Returns:
        At most one service order.
    """
    random = _random(number, "services")
    return [_service(f"{number}", random, customer, tenant)] if random.random() < 0.4 else []


def _moment(random: Random) -> str:
    return format_stamp(_FIRST_MOMENT + random.randrange(200) * _DAY + random.randrange(_DAY))


def _vat(amount: int) -> int:
    return amount * _VAT_PERCENT // (100 + _VAT_PERCENT)


def _order(key: str, random: Random, customer: Json) -> Json:
    stamp = _moment(random)
    store = random.choice(tuple(STORES))
    user = random.choice(tuple(USERS))
    items = [_item(key, place, random, stamp, user) for place in range(1, random.randrange(1, 4))]
    total = sum(item["totalPrice"] for item in items)
    cost = sum(item["totalCost"] for item in items)
    discount = sum(item["totalDiscountAmount"] for item in items)
    person = {
        name: customer[name]
        for name in (
            "address", "city", "companyName", "countryCode", "email", "firstname", "lastname", "mobile",
            "postalCode", "displayName",
        )
    }  # fmt: skip
    return {
        "createdAt": stamp, "customerAddress": {**person, "vatNumber": customer["vatNumber"]},
        "customerUid": customer["customerUid"],
        "customerContact": {
            "customerContactUid": "", "firstname": "", "lastname": "", "email": "", "mobile": "",
            "displayName": "",
        },
        "deliveryState": "COMPLETE", "externalOrderNumber": "", "externalVoucherNumber": "",
        "invoiceAddress": {**person, "customerAddressUid": ""}, "items": items, "lastModifiedAt": stamp,
        "note": "",
        "internalNote": "", "orderUid": f"order-{key}", "orderNumber": f"1{key.replace('-', '')}",
        "orderDate": stamp, "orderState": "COMPLETE",
        "orderTotals": {
            "subtotal": total + discount, "totalDiscount": discount, "totalVat": _vat(total),
            "grandTotal": total,
            "specifiedVat": [
                {"vatRate": _VAT_PERCENT, "vatAmount": _vat(total), "vatDescription": f"MVA {_VAT_PERCENT} %"}
            ],
            "grossProfitAmount": total - cost, "grossProfitPercentage": _share(total - cost, total),
            "costTotal": cost,
        },
        "orderhandlingState": "COMPLETE", "orderhandlings": [], "settleState": "COMPLETE", "settledAt": stamp,
        "settlementTotals": {
            "change": 0, "remaining": 0, "remainingRounded": 0, "totals": total, "remainingPrePayment": 0,
            "remainingAuthorizedAmount": 0,
        },
        "settlements": [_settlement(key, total, stamp, store, user)], "storeUid": store,
        "storeName": STORES[store],
        "systemOrigin": "POS", "tenantUserDisplayName": USERS[user][0], "tenantUserUid": user,
        "tillUid": "till-1",
        "type": "ORDER", "validUntil": None, "vatFree": False, "vatPrint": "SUM", "voucherNumber": f"V{key}",
        "deliveryDate": stamp[:10], "discounts": [_discount(key, items[0], stamp)] if discount else [],
        "compensationReasonUid": "", "lastModifiedBy": USERS[user][0], "allowedActions": ["LOYALTY_POINTS"],
    }  # fmt: skip


def _share(part: int, whole: int) -> int:
    return part * 100 // whole if whole else 0


def _item(key: str, place: int, random: Random, stamp: str, user: str) -> Json:
    name, sku, price = random.choice(PRODUCTS)
    quantity = random.randrange(1, 4)
    off = random.choice((0, 0, 0, 10, 20))
    discount = price * off // 100
    paid, cost = price - discount, price // 2
    item: dict[str, Any] = {
        "actions": [], "allowedActions": ["CREDIT"], "createdAt": stamp, "discountReasonCode": "",
        "externalId": "",
        "itemCost": cost, "itemDiscountAmount": discount, "itemDiscountPercentage": off,
        "itemGrossProfitAmount": paid - cost, "itemGrossProfitPercentage": _share(paid - cost, paid),
        "itemPrice": paid, "itemVatAmount": _vat(paid), "lastModifiedAt": stamp, "ledgerNumber": "3000",
        "name": name, "note": "", "orderItemUid": f"item-{key}-{place}", "orderLinks": [],
        "originalItemPrice": price, "productUid": f"product-{sku}", "productType": "STOCK", "properties": [],
        "quantityCredited": 0, "quantityDelivered": quantity, "quantityOrdered": quantity,
        "quantityReserved": 0,
        "returnReasonCode": "", "serialnumber": "", "sku": sku, "sortOrder": place,
        "tenantUserDisplayName": USERS[user][0], "tenantUserUid": user, "totalCost": cost * quantity,
        "totalDiscountAmount": discount * quantity, "totalGrossProfitAmount": (paid - cost) * quantity,
        "totalPrice": paid * quantity, "totalVatAmount": _vat(paid * quantity), "vatCodeUid": "vat-25",
        "warehouseUid": "warehouse-1", "warehouseName": "Hovedlager", "internalInfo": "",
        "productProperties": [],
        "coverImage": {
            "productMediaUid": f"media-{sku}", "mainUrl": f"https://media.example/{sku}.jpg",
            "thumbnailUrl": f"https://media.example/{sku}-small.jpg",
        },
        "deliveryUid": "", "compensationReasonCode": "", "orderReceiptUid": f"receipt-{key}",
        "allowDelivery": "YES", "allowDeliveryFromDate": None, "reservationType": "NONE",
        "reservationDetails": {},
        "gtins": [],
    }  # fmt: skip
    return item


def _discount(key: str, item: Json, stamp: str) -> Json:
    return {
        "orderDiscountUid": f"discount-{key}", "discountCode": "", "type": "PERCENTAGE",
        "amount": item["itemDiscountPercentage"], "name": "Kampanje", "origin": "CAMPAIGN", "validTo": stamp,
        "maxUsage": 1, "productSkus": [item["sku"]], "orderItemUids": [item["orderItemUid"]],
        "externalTransactionId": "", "scope": "SPECIFIC_LINE", "discountReasonCode": "",
        "discountReference": "",
        "createdAt": stamp, "createdBy": "Flow", "lastModifiedAt": stamp, "lastModifiedBy": "Flow",
        "campaignUid": "campaign-1",
    }  # fmt: skip


def _settlement(key: str, amount: int, stamp: str, store: str, user: str) -> Json:
    return {
        "amount": amount, "createdAt": stamp, "displayMessages": [], "externalId": "",
        "externalPaymentReference": "", "idMethod": "PIN_ONLINE", "lastModifiedAt": stamp,
        "ledgerNumber": "1920",
        "ledgerType": "LEDGER", "parameters": [], "settledAt": stamp, "settlementCode": "CARD",
        "settlementUid": f"settlement-{key}", "settlementName": "Kort", "state": "COMPLETE",
        "status": "CAPTURED",
        "storeSettlementIssuer": {"storeSettlementIssuerUid": "issuer-1", "name": "BankAxept",
        "code": "BANKAXEPT"},
        "tenantUserDisplayName": USERS[user][0], "tenantUserUid": user,
        "storePaymentMethodUid": "method-card",
        "currency": {"amount": amount, "code": "NOK", "exchangeRate": 1}, "additionalDetails": [],
        "creditCount": 0,
        "creditAmount": 0, "paymentCount": 0, "paymentAmount": 0, "tillUid": "till-1", "tillName": "Kasse 1",
        "tillNumber": 1, "storeUid": store, "storeName": STORES[store], "orderReceiptUid": f"receipt-{key}",
        "authorizedAmount": amount, "capturedAmount": amount, "refundedAmount": 0, "receiptText": "",
        "transactions": [
            {
                "transactionType": "CAPTURE", "pspTransactionId": f"psp-{key}", "transactionAmount": amount,
                "orderReceiptUid": f"receipt-{key}",
            }
        ],
    }  # fmt: skip


def _service(key: str, random: Random, customer: Json, tenant: str) -> Json:
    stamp = _moment(random)
    store = random.choice(tuple(STORES))
    user = random.choice(tuple(USERS))
    name, sku, _ = random.choice(PRODUCTS)
    work = random.randrange(2, 12) * 10_000
    return {
        "serviceOrderUid": f"service-{key}", "tenantUid": tenant, "storeUid": store,
        "orderProductLineUid": "",
        "orderUid": "", "customerUid": customer["customerUid"], "createdFromStoreUid": store,
        "assignedUserUid": user, "assignedUserDisplayName": USERS[user][0],
        "serviceTypeUid": "service-type-repair",
        "serviceTypeName": "Reparasjon", "serviceStatusUid": "service-status-done",
        "serviceStatusName": "Ferdig",
        "serviceState": "COMPLETE", "title": f"Reparasjon av {name}", "serviceNumber": f"S{key}",
        "externalServiceNumber": "", "description": "Kunden hører en skrapelyd.", "locationLabel": "Hylle Ø4",
        "priority": "LOW", "requiresPriceEstimate": False, "estimatedPrice": work, "maxPrice": work * 2,
        "readyAtEstimate": stamp, "readyAtNeeded": stamp, "publicPageHash": f"hash-{key}", "warranty": False,
        "createdAt": stamp, "createdBy": USERS[user][0], "lastModifiedAt": stamp,
        "lastModifiedBy": USERS[user][0],
        "totals": {"grandTotal": work, "partsTotal": 0, "workTotal": work},
        "items": [
            {
                "serviceOrderItemUid": f"service-item-{key}", "serviceOrderUid": f"service-{key}",
                "warehouseUid": "warehouse-1", "tenantUserUid": user, "productUid": f"product-{sku}",
                "salesOrderUid": "", "quantity": 1, "name": "Arbeid", "sku": "ARBEID", "price": work,
                "costPrice": 0, "originalPrice": work, "totalPrice": work, "totalCostPrice": 0,
                "serialNumber": "",
                "note": "", "tenantUserDisplayName": USERS[user][0], "createdAt": stamp,
                "createdBy": USERS[user][0], "lastModifiedAt": stamp, "lastModifiedBy": USERS[user][0],
            }
        ],
        "assets": [], "rmaOrderItemUid": "", "rmaOrderUid": "",
    }  # fmt: skip
