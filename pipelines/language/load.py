"""Strict YAML: every mistake at once, each with file, line, column, what was found and what is allowed.

YAML 1.2 core scalars, no repeated keys, no tags, bounded size and aliases (B77-B81). What a file may say is a
pydantic model elsewhere; this module joins the model's complaints to positions in the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from pipelines.kit.errors import MistakeInFiles, Problem

LARGEST = 1_000_000
MOST_ALIASES = 50
_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_NULL = {"", "~", "null", "Null", "NULL"}
_INT = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+\.[0-9]*)([eE][-+]?[0-9]+)?")
_AMBIGUOUS = re.compile(r"[-+]?0[0-9]+|[0-9]+(:[0-5]?[0-9])+|(?i:yes|no|on|off|y|n)")

Model = TypeVar("Model", bound=BaseModel)
Place = tuple[str | int, ...]


@dataclass
class Document:
    """A loaded file: plain values, and where each of them (and each key) stands."""

    file: str
    value: Any = None
    nodes: dict[Place, Node] = field(default_factory=dict)
    keys: dict[Place, Node] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def problem(self, place: Place, code: str, message: str, *, key: bool = False, **more: str | None) -> None:
        """Add a problem at the node of ``place``, or at the nearest node above it."""
        node = (self.keys.get(place) if key else None) or self._nearest(place)
        line, column = (node.start_mark.line + 1, node.start_mark.column + 1) if node else (1, 1)
        self.problems.append(Problem(code, message, self.file, line, column, **more))

    def _nearest(self, place: Place) -> Node | None:
        while place and place not in self.nodes:
            place = place[:-1]
        return self.nodes.get(place)

    def done(self) -> None:
        """Raise MistakeInFiles when there are problems, in the order of the file."""
        if self.problems:
            raise MistakeInFiles(*sorted(self.problems, key=lambda p: (p.line or 0, p.column or 0)))


def nearest(word: str, allowed: Sequence[str]) -> str | None:
    """"did you mean …", when one allowed word is near."""
    close = get_close_matches(word, allowed, n=1, cutoff=0.6)
    return f"did you mean `{close[0]}`?" if close else None


def read(path: Path) -> Document:
    """Parse a file into plain values with positions. Raises MistakeInFiles where the text itself is wrong."""
    shown = _shown(path)
    document = Document(shown)
    text = _text(path, shown)
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise MistakeInFiles(_syntax(shown, error)) from None
    if text.count("*") > MOST_ALIASES and _aliases(text) > MOST_ALIASES:
        raise MistakeInFiles(Problem("too_many_aliases", "too many aliases", shown, 1, 1, expected=f"at most {MOST_ALIASES}"))
    document.value = _plain(document, root, ()) if root is not None else {}
    return document


def load(path: Path, model: type[Model], check: Callable[[Model, Document], None] | None = None) -> Model:
    """Read a file into ``model``; ``check`` may add problems about references. Raises MistakeInFiles with all of them."""
    document = read(path)
    loaded = validate(document, model)
    if loaded is not None and check is not None:
        check(loaded, document)
    document.done()
    assert loaded is not None  # noqa: S101
    return loaded


def validate(document: Document, model: type[Model]) -> Model | None:
    """The document as ``model``; complaints are added to it at their positions."""
    try:
        return model.model_validate(document.value, context={"document": document})
    except ValidationError as error:
        for detail in error.errors():
            _complain(document, model, detail)
        return None


def _complain(document: Document, model: type[BaseModel], detail: ErrorDetails) -> None:
    place = _place_in(document, detail["loc"])
    kind, last = detail["type"], str(detail["loc"][-1]) if detail["loc"] else ""
    if kind == "extra_forbidden":
        allowed = _allowed_keys(model, detail["loc"][:-1])
        document.problem(
            place, "unknown_key", f"unknown key `{last}`", key=True, found=last,
            expected="one of " + ", ".join(allowed) if allowed else None, do=nearest(last, allowed),
        )
    elif kind == "missing":
        document.problem(place[:-1], "missing_key", f"`{last}` is missing", expected=last, do=f"add `{last}:`")
    else:
        found = detail.get("input")
        context = detail.get("ctx") or {}
        expected = str(context.get("expected") or detail["msg"].removeprefix("Value error, "))
        words = re.findall(r"'([^']+)'", expected)
        document.problem(
            place, "wrong_value", f"`{'.'.join(map(str, place))}` cannot be {found!r}" if place else "wrong value",
            found=f"{found!r}", expected=expected, do=nearest(str(found), words),
        )


def _place_in(document: Document, loc: tuple[int | str, ...]) -> Place:
    place: Place = ()
    for part in loc:
        if (*place, part) in document.nodes or (*place, part) in document.keys:
            place = (*place, part)
        elif part == loc[-1]:
            place = (*place, part)
    return place


def _allowed_keys(model: type[BaseModel], loc: tuple[int | str, ...]) -> list[str]:
    current: Any = model
    for part in loc:
        current = _step(current, part)
        if current is None:
            return []
    fields = getattr(current, "model_fields", {})
    return sorted(info.alias or name for name, info in fields.items())


def _step(current: Any, part: int | str) -> Any:
    fields = getattr(current, "model_fields", None)
    if fields is not None and isinstance(part, str):
        for name, info in fields.items():
            if part in {name, info.alias}:
                return _inner(info.annotation)
        return None
    return current


def _inner(annotation: Any) -> Any:
    for argument in reversed(getattr(annotation, "__args__", ()) or ()):
        found = _inner(argument)
        if found is not None:
            return found
    return annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None


def _plain(document: Document, node: Node, place: Place) -> Any:
    document.nodes[place] = node
    if not node.tag.startswith("tag:yaml.org,2002:") or node.tag.startswith("tag:yaml.org,2002:python"):
        document.problem(place, "tag", "tags are not allowed", found=node.tag, do="write the plain value")
        return None
    if isinstance(node, MappingNode):
        return _mapping(document, node, place)
    if isinstance(node, SequenceNode):
        return [_plain(document, child, (*place, index)) for index, child in enumerate(node.value)]
    assert isinstance(node, ScalarNode)  # noqa: S101
    return _scalar(document, node, place)


def _mapping(document: Document, node: MappingNode, place: Place) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = str(key_node.value)
        here = (*place, key)
        if key in found:
            first = document.keys[here].start_mark.line + 1
            document.keys[here] = key_node
            document.problem(
                here, "repeated_key", f"the key `{key}` is there twice", key=True,
                found=f"lines {first} and {key_node.start_mark.line + 1}", expected="each key once", do="remove one of them",
            )
            continue
        document.keys[here] = key_node
        found[key] = _plain(document, value_node, here)
    return found


def _scalar(document: Document, node: ScalarNode, place: Place) -> Any:
    text: str = node.value
    if node.style in {"'", '"', "|", ">"}:
        return text
    if _AMBIGUOUS.fullmatch(text):
        document.problem(
            place, "ambiguous", f"`{text}` means different things to different readers of YAML",
            found=text, expected="true or false, a number, or text in quotes", do=f'write "{text}" for the text',
        )
        return text
    if text in _NULL:
        return None
    if text in _BOOL:
        return _BOOL[text]
    if _INT.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text


def _text(path: Path, shown: str) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise MistakeInFiles(
            Problem("no_file", f"{shown} cannot be read", shown, found=error.strerror, expected="a readable file")
        ) from None
    if len(data) > LARGEST:
        raise MistakeInFiles(
            Problem("too_large", "the file is too large", shown, 1, 1, f"{len(data)} bytes", f"at most {LARGEST}")
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        raise MistakeInFiles(
            Problem(
                "not_utf8", "the file is not UTF-8", shown, line, column,
                f"the byte 0x{data[error.start]:02x}", "UTF-8 text", "save it as UTF-8",
            )
        ) from None


def _syntax(shown: str, error: yaml.YAMLError) -> Problem:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    what = getattr(error, "problem", None) or "the text is not YAML"
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    return Problem("not_yaml", f"the text is not YAML: {what}", shown, line, column, do="mend the line or the one before")


def _aliases(text: str) -> int:
    return sum(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=yaml.SafeLoader))


def _shown(path: Path) -> str:
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)
