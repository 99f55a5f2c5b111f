"""Resources of which there is one at a path: read, and changed by what is sent."""

from collections.abc import Callable
from random import Random

import orjson

from flow_retail_sandbox.operations.call import Call, Handler, Result, result
from flow_retail_sandbox.spec.collections import Model
from flow_retail_sandbox.spec.document import SpecOperation
from flow_retail_sandbox.spec.json_values import is_object
from flow_retail_sandbox.spec.validators import Validators, first_error


class Singletons:
    """Answers GET, PUT and PATCH where a path that names no item gives an object."""

    def __init__(self, model: Model, validators: Validators) -> None:
        self._model = model
        self._validators = validators

    def handler(self, operation: SpecOperation, check: Callable[[Call], None]) -> Handler | None:
        """Give what answers an operation; None if there is no such resource at its path."""
        read = self._model.spec.operations.get(("GET", operation.path))
        if operation.method not in {"GET", "PUT", "PATCH"} or read is None or read.result is None:
            return None
        schema = read.result
        validator = self._validators.response(read, read.status)

        def respond(call: Call) -> Result:
            check(call)
            uid = "/".join(call.path.values())
            records = call.store.notes(operation.path)
            found = records.find(uid)
            if found is None:
                chance = Random(f"{operation.path} {uid}")  # noqa: S311  # repeatable
                value = call.store.samples.sample(schema, chance, refer=call.store.some_uid)
                if operation.method == "GET" or not is_object(value):
                    return result(operation, orjson.dumps(value))
                record_id, record = records.insert(uid, value), value
            else:
                record_id, record = found[0], orjson.loads(found[1])
                if operation.method == "GET":
                    return result(operation, found[1])
            properties = self._model.spec.properties(schema)
            for name, value in call.fields.items():
                tried = {**record, name: value}
                if name in properties and (validator is None or first_error(validator, tried) is None):
                    record = tried
            records.replace(record_id, uid, record)
            return result(operation, record)

        return respond
