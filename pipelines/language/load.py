"""Read a YAML file into a pydantic model: every mistake at once, each at its line and column, with what is allowed.

What the text itself may be is ``yaml_text.py``; what a file may say is the model. Reused by every file of the product.
"""

from __future__ import annotations

import re
import types
from collections.abc import Callable, Collection, Sequence
from copy import deepcopy
from functools import lru_cache
from inspect import isclass
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, Union, cast, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from pipelines.language.document import Document, Place, as_found, many_meanings, nearest
from pipelines.language.yaml_text import read

__all__ = ["Document", "Place", "load", "load_once", "nearest", "read", "validate"]

Model = TypeVar("Model", bound=BaseModel)
_ROUNDS = 20
_NUMBER, _NUMBERS = re.compile(r"\d+(\.\d+)?"), {"a whole number", "a number"}
_EXPECTED = {
    "bool_type": "true or false",
    "string_type": "text",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "is_instance_of": "a number",
    "decimal_type": "a number",
    "date_type": "a date written as YYYY-MM-DD",
    "list_type": "a list",
    "dict_type": "a mapping of keys to values",
    "model_type": "a mapping of keys to values",
    "model_attributes_type": "a mapping of keys to values",
    "none_required": "nothing",
}


def load(path: Path, model: type[Model], check: Callable[[Model, Document], None] | None = None) -> Model:
    """Read a file into ``model``; ``check`` may add problems about references.

    Raises MistakeInFiles with all mistakes of the file, in its order.
    """
    document = read(path)
    loaded = validate(document, model)
    sound = loaded or _sound_part(document, model)
    if sound is not None and check is not None:
        check(sound, document)
    document.done()
    assert loaded is not None  # noqa: S101
    return loaded


def load_once(path: Path, model: type[Model]) -> Model:
    """As ``load``, but a file that did not change is read once per process. Its model is not to be changed."""
    return cast("Model", _loaded(path, path.stat().st_mtime_ns, model))


@lru_cache(maxsize=256)
def _loaded(path: Path, _changed: int, model: type[BaseModel]) -> BaseModel:
    return load(path, model)


def validate(
    document: Document,
    model: type[Model],
    place: Place = (),
    value: Any = ...,
    *,
    besides: Sequence[str] = (),
    without: Collection[str] = (),
) -> Model | None:
    """The value at ``place`` as ``model``; complaints are added to the document at their positions.

    ``value`` stands in for what the document says there; ``besides`` names keys the caller takes out of it, ``without``
    keys that nobody is told to use. None where the model refused it.
    """
    given = document.value if value is ... else value
    _refuse_words(document, model, place)
    try:
        return model.model_validate(given)
    except ValidationError as error:
        for here, details in _by_place(document, place, error.errors()).items():
            if not document.is_spoilt(here):
                allowed = [key for key in _allowed_keys(model, here[len(place) : -1]) if key not in without]
                _complain(document, here, details, [*allowed, *besides])
        return None


def _sound_part(document: Document, model: type[Model]) -> Model | None:
    """The file without the values that were refused, so that its references are checked in the same go."""
    value = deepcopy(document.value)
    refused = set(document.spoilt)
    for _ in range(_ROUNDS):
        for place in sorted(refused, key=len, reverse=True):
            _remove(value, place)
        try:
            return model.model_validate(value)
        except ValidationError as error:
            refused = {_place(document, (), detail) for detail in error.errors()}
    return None


def _remove(value: Any, place: Place) -> None:
    for part in place[:-1]:
        if not isinstance(value, dict) or part not in value:
            return
        value = value[part]
    if place and isinstance(value, dict):
        value.pop(place[-1], None)


def _by_place(document: Document, root: Place, details: Sequence[ErrorDetails]) -> dict[Place, list[ErrorDetails]]:
    found: dict[Place, list[ErrorDetails]] = {}
    for detail in details:
        found.setdefault(_place(document, root, detail), []).append(detail)
    return found


def _place(document: Document, root: Place, detail: ErrorDetails) -> Place:
    place = root
    for part in detail["loc"]:
        if (*place, part) in document.spots:
            place = (*place, part)
    if detail["type"] == "missing":
        return (*place, detail["loc"][-1])
    return place


def _complain(document: Document, place: Place, details: Sequence[ErrorDetails], allowed: Sequence[str]) -> None:
    kind, last = details[0]["type"], str(place[-1]) if place else "the file"
    if kind == "extra_forbidden":
        document.problem(
            place,
            "unknown_key",
            f"unknown key `{last}`",
            key=True,
            found=last,
            expected="one of " + ", ".join(allowed),
            do=nearest(last, allowed),
        )
    elif kind == "missing":
        document.problem(place, "missing_key", f"`{last}` is missing", expected=f"`{last}:`", do=f"add `{last}:`")
    else:
        _wrong_value(document, place, details)


def _wrong_value(document: Document, place: Place, details: Sequence[ErrorDetails]) -> None:
    found = as_found(place, details[0]["input"])
    expected = list(dict.fromkeys(_expected(detail) for detail in details))
    where = next((part for part in reversed(place) if isinstance(part, str)), "the file")
    contradicts = details[0]["type"] == "value_error" and isinstance(details[0]["input"], dict)
    empty = details[0]["type"] == "too_short" and not details[0]["input"]
    found = "empty" if empty else found
    document.problem(
        place,
        "wrong_value",
        f"`{where}` is not complete" if contradicts else f"`{where}` cannot be {found}",
        found=found,
        expected=" or ".join(expected),
        do=_advice(found, details[0]["input"], expected),
    )


def _expected(detail: ErrorDetails) -> str:
    kind, context = detail["type"], detail.get("ctx") or {}
    if kind == "literal_error":
        words = re.findall(r"'([^']*)'", str(context["expected"]))
        return "one of " + ", ".join(words) if len(words) > 1 else f"`{words[0]}`"
    if kind == "string_pattern_mismatch":
        return f"text that matches {context['pattern']}"
    if kind == "too_short":
        return f"at least {context['min_length']} of them"
    return _EXPECTED.get(kind) or re.sub(r"^(Value error, |Input should be )", "", detail["msg"])


def _advice(found: str, value: object, expected: Sequence[str]) -> str | None:
    if expected == ["text"] and not isinstance(value, dict | list) and value is not None:
        return f'write "{found}" in quotes'
    if isinstance(value, str) and _NUMBER.fullmatch(value) and _NUMBERS & set(expected):
        return f"write {found} without quotes"
    choices = [text.removeprefix("one of ").strip("`") for text in expected if text.startswith(("one of ", "`"))]
    return nearest(found, [word for text in choices for word in text.split(", ")])


def _refuse_words(document: Document, model: type[BaseModel], root: Place) -> None:
    """Unquoted yes, no, on, off are refused where any text may stand, and accepted where they are a choice (B79)."""
    for place, text in document.words.items():
        if place[: len(root)] == root and not document.is_spoilt(place):
            kinds = types_at(model, place[len(root) :])
            chosen = any(text in get_args(kind) for kind in kinds if get_origin(kind) is Literal)
            if str in kinds and not chosen:
                many_meanings(document, place, text)


def types_at(model: type[BaseModel], place: Place) -> list[Any]:
    """The types a model allows at a place, unions flattened; none where it allows nothing there."""
    kinds: list[Any] = [model]
    for part in place:
        kinds = [member for kind in kinds for member in _members(_step(kind, part))]
    return kinds


def _step(kind: Any, part: int | str) -> Any:
    if isclass(kind) and issubclass(kind, BaseModel):
        named = {key: info.annotation for name, info in kind.model_fields.items() for key in (name, info.alias) if key}
        return named.get(str(part))
    arguments = get_args(kind)
    return arguments[-1] if get_origin(kind) in {dict, list} and arguments else None


def _members(kind: Any) -> list[Any]:
    if kind is None or kind is type(None):
        return []
    if get_origin(kind) is Annotated:
        return _members(get_args(kind)[0])
    if get_origin(kind) in {Union, types.UnionType}:
        return [member for part in get_args(kind) for member in _members(part)]
    return [kind]


def _allowed_keys(model: type[BaseModel], place: Place) -> list[str]:
    models = [kind for kind in types_at(model, place) if isclass(kind) and issubclass(kind, BaseModel)]
    return sorted({info.alias or name for kind in models for name, info in kind.model_fields.items()})
