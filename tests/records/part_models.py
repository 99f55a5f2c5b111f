"""Classes of a page that is vendored tomorrow: integer enums, numbers, dates, and parts within parts."""

from typing import Any

from flow_retail_core.enums import OpenIntEnum
from flow_retail_core.model import Model
from flow_retail_core.readers import (
    ANYTHING,
    BOOLEAN,
    DATE,
    DATE_TIME,
    INTEGER,
    NULL,
    NUMBER,
    STRING,
    EnumReader,
    Field,
    ListReader,
    ModelReader,
    UnionReader,
)


class Level(OpenIntEnum):
    LOW = 1
    HIGH = 2


class Invented(Model):
    """Always read by the tolerant reader, field by field."""

    @staticmethod
    def read_json(data: dict[str, Any], place: Any = None, step: Any = None) -> Any:
        raise TypeError

    def to_dict(self) -> dict[str, Any]:
        return self.write_kept()


class Part(Invented):
    @staticmethod
    def json_fields() -> tuple[Field, ...]:
        return (
            Field("part_uid", "partUid", STRING, required=True),
            Field("level", "level", EnumReader(Level), required=False),
            Field("price", "price", UnionReader((NUMBER, NULL)), required=False),
            Field("count", "count", INTEGER, required=False),
            Field("sold", "sold", BOOLEAN, required=False),
            Field("day", "day", DATE, required=False),
            Field("moment", "moment", DATE_TIME, required=False),
            Field("anything", "anything", ANYTHING, required=False),
            Field("either", "either", UnionReader((STRING, INTEGER)), required=False),
            Field("inside", "inside", UnionReader((ModelReader(Part), NULL)), required=False),
            Field("parts", "parts", ListReader(UnionReader((ModelReader(Part), NULL))), required=False),
        )


class PartPage(Invented):
    @staticmethod
    def json_fields() -> tuple[Field, ...]:
        return (Field("items", "items", ListReader(ModelReader(Part)), required=True),)


class NamePage(Invented):
    @staticmethod
    def json_fields() -> tuple[Field, ...]:
        return (Field("items", "items", ListReader(STRING), required=True),)
