"""What `/openapi.json` says of a service's machine API, beyond its routes' parameters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from fastapi import FastAPI
from pydantic import BaseModel

from shared.web.pages import Declared, Pages

JSON: Final = "application/json"
PROBLEM: Final = {
    "type": "object",
    "title": "Problem",
    "description": "RFC 9457. `errors` lists every fault at once, and repeats no value that was sent.",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "instance": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "reason"],
                "properties": {"field": {"type": "string"}, "reason": {"type": "string"}},
            },
        },
    },
}
_REFUSED: Final = {
    "description": "Refused, with the reason: a problem document.",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


class Described(FastAPI):
    """An application whose machine routes say that they want a key, and how they refuse."""

    def __init__(self, pages: Sequence[Pages], **settings: Any) -> None:
        super().__init__(**settings)
        self._pages = pages

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document."""
        if self.openapi_schema is None:
            document = super().openapi()
            parts = document.setdefault("components", {})
            schemas = parts.setdefault("schemas", {})
            for unused in ("HTTPValidationError", "ValidationError"):
                schemas.pop(unused, None)
            schemas["Problem"] = PROBLEM
            parts["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
            for declared in (one for pages in self._pages for one in pages.declared if one.machine):
                _describe(declared, document["paths"].get(declared.path, {}).get(declared.method.lower()))
        return self.openapi_schema or {}


def _describe(declared: Declared, operation: dict[str, Any] | None) -> None:
    if operation is None:
        return
    operation["responses"].pop("422", None)
    operation["responses"] |= {"4XX": _REFUSED, "503": _REFUSED}
    if declared.access.key:
        operation["security"] = [{"key": []}]


def takes(model: type[BaseModel], *, many: int = 0, headers: dict[str, str] | None = None) -> dict[str, Any]:
    """A JSON body for `openapi_extra`: one record, or with `many` also an array of up to so many."""
    one = inlined(model)
    schema = {"anyOf": [one, {"type": "array", "items": one, "minItems": 1, "maxItems": many}]} if many else one
    said: dict[str, Any] = {"requestBody": {"required": True, "content": {JSON: {"schema": schema}}}}
    if headers:
        said["parameters"] = [
            {"name": name, "in": "header", "description": text, "schema": {"type": "string", "maxLength": 200}}
            for name, text in headers.items()
        ]
    return said


def gives(**answers: type[BaseModel]) -> dict[str, Any]:
    """JSON answers for `openapi_extra`, by status: `gives(_202=Sent)`."""
    content = {
        status.removeprefix("_"): {"description": model.__doc__ or "", "content": {JSON: {"schema": inlined(model)}}}
        for status, model in answers.items()
    }
    return {"responses": content}


def inlined(model: type[BaseModel]) -> dict[str, Any]:
    """A model's JSON Schema without references, so that it stands anywhere in a document."""
    schema = model.model_json_schema()
    parts = schema.pop("$defs", {})

    def put_in(node: Any) -> Any:
        if isinstance(node, list):
            return [put_in(one) for one in node]
        if not isinstance(node, dict):
            return node
        if "$ref" in node:
            return put_in(parts[node["$ref"].rpartition("/")[2]])
        # A default that is an object would repeat a whole record.
        return {name: put_in(value) for name, value in node.items() if name != "default"}

    found: dict[str, Any] = put_in(schema)
    return found
