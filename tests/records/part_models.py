"""Classes of a page that is vendored tomorrow: integer enums, numbers, dates, and parts within parts."""

import datetime
from typing import Any

from attrs import define

from flow_retail_core.models.enums import OpenIntEnum, member
from flow_retail_core.models.model import Model
from flow_retail_core.unset import UNSET, Unset


class Level(OpenIntEnum):
    LOW = member(1)
    HIGH = member(2)


@define(kw_only=True, repr=False)
class Part(Model):
    part_uid: str
    level: Level | Unset = UNSET
    price: float | Unset | None = UNSET
    count: int | Unset = UNSET
    sold: bool | Unset = UNSET
    day: datetime.date | Unset = UNSET
    moment: datetime.datetime | Unset = UNSET
    anything: Any | Unset = UNSET
    either: str | int | Unset = UNSET
    inside: "Part | Unset | None" = UNSET
    parts: "list[Part | None] | Unset" = UNSET


@define(kw_only=True, repr=False)
class PartPage(Model):
    items: list[Part]


@define(kw_only=True, repr=False)
class NamePage(Model):
    items: list[str]


@define(kw_only=True, repr=False)
class PartSearch(Model):
    query: str
