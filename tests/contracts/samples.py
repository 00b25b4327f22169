"""Hypothesis strategies that build any valid fact of any topic, from its contract."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, get_args

from hypothesis import strategies as st
from pydantic import AwareDatetime, StringConstraints
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from shared.contracts import CONTRACTS, Event
from shared.contracts.envelope import Part

TIMES = st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC))


def facts(topic: str) -> st.SearchStrategy[Event]:
    contract = CONTRACTS[topic]
    return _model(contract)  # type: ignore[return-value]


def _model(model: type[Part]) -> st.SearchStrategy[Part]:
    fields = {name: _field(info) for name, info in model.model_fields.items()}
    return st.fixed_dictionaries(fields).map(lambda values: model.model_validate(values))


def _field(info: FieldInfo) -> st.SearchStrategy[Any]:
    strategy = _annotated(info.annotation, info.metadata)
    if info.default is not PydanticUndefined and info.default is not None:
        strategy = st.one_of(st.just(info.default), strategy)
    return strategy


def _annotated(annotation: Any, metadata: list[Any]) -> st.SearchStrategy[Any]:
    if annotation is AwareDatetime or annotation is datetime:
        return TIMES
    if isinstance(annotation, type) and issubclass(annotation, Part):
        return _model(annotation)
    origin_args = get_args(annotation)
    for item in (*metadata, *getattr(annotation, "__metadata__", ())):
        if isinstance(item, StringConstraints) and isinstance(item.pattern, str):
            return st.from_regex(item.pattern, fullmatch=True).filter(lambda s: not s.endswith("\n"))
    if origin_args and type(None) in origin_args:
        inner = next(arg for arg in origin_args if arg is not type(None))
        return st.one_of(st.none(), _annotated(inner, metadata))
    if getattr(annotation, "__origin__", None) is list:
        return st.lists(_annotated(origin_args[0], []), max_size=3)
    if getattr(annotation, "__origin__", None) is dict:
        return st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=3)
    if annotation is str:
        limit = next((m.max_length for m in metadata if hasattr(m, "max_length")), 80)
        return st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=min(limit, 40))
    if annotation is int:
        low = next((m.ge for m in metadata if hasattr(m, "ge")), 0)
        high = next((m.le for m in metadata if hasattr(m, "le")), 10_000)
        return st.integers(low, high)
    if annotation is float:
        return st.floats(0, 1, allow_nan=False)
    return st.from_type(annotation)
