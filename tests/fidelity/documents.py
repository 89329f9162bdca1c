"""The vendors' documents as something to ask: which operation a call is, and what is wrong with a request or an answer.

The documents are read from ``../shared/specs`` when first needed, one file at a time, and corrected in memory
(``corrections``). Rules no schema can say are in ``rules``; what is done about a mismatch is in ``validator``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import yaml
from werkzeug.datastructures import Headers, ImmutableMultiDict

from tests.fidelity import ecwid_papers
from tests.fidelity.corrections import corrected

SPECS = Path(__file__).parents[3] / "shared" / "specs"
SERVER = "http://documented"
"""Address the documents are given in memory; calls are asked about by their path below the platform's own prefix."""
V3 = r"/stores/[^/]+/v3"
V2 = r"/stores/[^/]+/v2"


@dataclass(frozen=True)
class Source:
    """One file: the path prefix its platform puts before its paths, and which of those paths are asked of it."""

    file: str
    prefix: str
    owns: str
    drawn_up: Callable[[Path], dict[str, Any]] | None = None
    """Makes the document out of this file and those beside it, where the vendor publishes none."""

    def spec(self) -> dict[str, Any]:
        """The document, corrected."""
        if self.drawn_up is not None:
            return self.drawn_up(SPECS / self.file)
        text = (SPECS / self.file).read_text(encoding="utf-8")
        return corrected(self.file, yaml.load(text, Loader=yaml.CSafeLoader))


SOURCES: Mapping[str, tuple[Source, ...]] = {
    "lightspeed_x": (Source("lightspeed_x/api-2026-07.openapi.yaml", "/api/2026-07", "/"),),
    "ecwid": (Source("ecwid/endpoints.json", r"/api/v3/[^/]+", "/", ecwid_papers.document),),
    "bigcommerce": (
        Source(
            "bigcommerce/catalog/product-variants_catalog.v3.yml", V3, r"/catalog/(variants|products/\d+/variants)\b"
        ),
        Source("bigcommerce/catalog/product-variant-options_catalog.v3.yml", V3, r"/catalog/products/\d+/options\b"),
        Source("bigcommerce/catalog/product-modifiers_catalog.v3.yml", V3, r"/catalog/products/\d+/modifiers\b"),
        Source("bigcommerce/catalog/brands_catalog.v3.yml", V3, r"/catalog/brands\b"),
        Source("bigcommerce/catalog/category-trees_catalog.v3.yml", V3, r"/catalog/trees\b"),
        Source("bigcommerce/catalog/products_catalog.v3.yml", V3, r"/catalog/(products|summary)\b"),
        Source("bigcommerce/inventory.v3.yml", V3, r"/inventory/(adjustments|items|locations/\d+/items)\b"),
        Source("bigcommerce/locations.v3.yml", V3, r"/inventory/locations\b"),
        Source("bigcommerce/settings.v3.yml", V3, r"/settings\b"),
        Source("bigcommerce/channels.v3.yml", V3, r"/channels\b"),
        Source("bigcommerce/store_information.v2.yml", V2, r"/(store|time)$"),
        Source("bigcommerce/orders.v2.oas2.yml", V2, r"/(orders|order_statuses)\b"),
        Source("bigcommerce/orders.v3.yml", V3, r"/orders\b"),
        Source("bigcommerce/customers.v3.yml", V3, r"/customers\b"),
    ),
}


@dataclass(frozen=True)
class Asked:
    """A request as the documents see it. ``path`` is decoded and below the platform's prefix."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def pairs(self) -> list[tuple[str, str]]:
        return parse_qsl(self.query, keep_blank_values=True)

    @cached_property
    def json(self) -> Any:
        """The body as Python, None where it is no JSON."""
        try:
            return json.loads(self.body) if self.body else None
        except ValueError:
            return None


MOST_KNOWN = 2000
MOST_RESOLVED = 20_000


@dataclass(frozen=True)
class Operation:
    """One operation of a document."""

    name: str
    template: str
    method: str
    spec: Mapping[str, Any]
    document: Document
    _asked: dict[Any, list[str]] = field(default_factory=dict, compare=False, repr=False)
    _answered: dict[Any, list[str]] = field(default_factory=dict, compare=False, repr=False)
    """What was judged before: the same words are judged once."""

    @property
    def statuses(self) -> frozenset[int]:
        """The statuses the document names."""
        return frozenset(int(status) for status in self.spec["responses"] if str(status).isdigit())

    @cached_property
    def queries(self) -> frozenset[str]:
        """The query parameters the document names."""
        item = self.document.spec["paths"][self.template]
        listed = [*item.get("parameters", []), *self.spec.get("parameters", [])]
        return frozenset(one["name"] for one in map(self.document.resolve, listed) if one["in"] == "query")

    @cached_property
    def body(self) -> Mapping[str, Any] | None:
        """The schema of a JSON body."""
        content = self.document.resolve(self.spec.get("requestBody", {})).get("content", {})
        schema: Mapping[str, Any] | None = content.get("application/json", {}).get("schema")
        return schema

    def request_problems(self, asked: Asked) -> list[str]:
        """What the document has against a request."""
        kind = asked.headers.get("Content-Type", "")
        key = (asked.path, asked.query, asked.body, kind, tuple(sorted(asked.headers)))
        if key not in self._asked:
            _bounded(self._asked)
            found = self.document.openapi.iter_request_errors(_Request(asked))
            self._asked[key] = [reason(error) for error in found]
        return self._asked[key]

    def answer_problems(self, asked: Asked, status: int, headers: Mapping[str, str], content: bytes) -> list[str]:
        """What the document has against an answer of a status it names. An answer of 204 has no body to judge."""
        if status == 204:
            return ["a 204 carries a body"] if content else []
        key = (status, content, headers.get("Content-Type", ""), tuple(sorted(headers)))
        if key not in self._answered:
            _bounded(self._answered)
            answer = _Response(status, headers, content)
            found = self.document.openapi.iter_response_errors(_Request(asked), answer)
            self._answered[key] = [reason(error) for error in found]
        return self._answered[key]


def _bounded(known: dict[Any, list[str]]) -> None:
    if len(known) >= MOST_KNOWN:
        known.clear()


class Document:
    """One file, parsed and corrected."""

    def __init__(self, source: Source) -> None:
        from jsonschema_path import SchemaPath
        from openapi_core import Config, OpenAPI

        _one_format_checker()
        self.spec: dict[str, Any] = source.spec()
        self.spec["servers"] = [{"url": SERVER}]
        problems: dict[str, Callable[[bytes], Any]] = {"application/problem+json": json.loads}
        config = Config(spec_validator_cls=None, extra_media_type_deserializers=problems)
        self.openapi = OpenAPI(SchemaPath.from_dict(self.spec, resolved_cache_maxsize=MOST_RESOLVED), config=config)
        self._templates = sorted(((t, _pattern(t)) for t in self.spec["paths"]), key=lambda pair: pair[0].count("{"))
        self._operations: dict[tuple[str, str], Operation] = {}

    def operation(self, method: str, path: str) -> Operation | None:
        """The operation of a call; None when the document has none."""
        for template, pattern in self._templates:
            spec = self.spec["paths"][template].get(method.lower())
            if spec is not None and pattern.fullmatch(path):
                made = Operation(f"{method} {template}", template, method, spec, self)
                return self._operations.setdefault((method, template), made)
        return None

    def operations(self) -> Iterator[Operation]:
        """Every operation of the document."""
        for template, item in self.spec["paths"].items():
            for method in item:
                if method in {"get", "put", "post", "delete", "patch"}:
                    yield Operation(f"{method.upper()} {template}", template, method.upper(), item[method], self)

    def resolve(self, node: Any) -> Any:
        """A node with its ``$ref`` followed."""
        while isinstance(node, dict) and "$ref" in node:
            target: Any = self.spec
            for part in node["$ref"].removeprefix("#/").split("/"):
                target = target[part.replace("~1", "/").replace("~0", "~")]
            node = target
        return node


@cache
def _one_format_checker() -> None:
    """Let the library copy each list of formats once and not for every value; nobody adds formats of their own."""
    from openapi_core.validation import schemas

    for factory in (
        schemas.oas30_write_schema_validators_factory,
        schemas.oas30_read_schema_validators_factory,
        schemas.oas31_schema_validators_factory,
    ):
        factory.get_format_checker = cache(factory.get_format_checker)  # type: ignore[method-assign]


@cache
def document(source: Source) -> Document:
    """The document of a source, read once per process."""
    return Document(source)


def documented(platform: str) -> bool:
    """Whether this platform's documents are at hand."""
    return platform in SOURCES and all((SPECS / source.file).is_file() for source in SOURCES[platform])


def find(platform: str, method: str, path: str) -> tuple[Operation, str] | None:
    """The operation of a call and its path below the prefix; None when no document has it."""
    for source in SOURCES[platform]:
        match = re.match(source.prefix + "(?=/)", path)
        if match and re.match(source.owns, path[match.end() :]):
            operation = document(source).operation(method, path[match.end() :])
            return (operation, path[match.end() :]) if operation else None
    return None


def operation_below(platform: str, method: str, path: str) -> Operation | None:
    """The operation of a call whose path is below the platform's prefix already; None when no document has it."""
    for source in SOURCES[platform]:
        if re.match(source.owns, path):
            return document(source).operation(method, path)
    return None


def reason(error: Exception) -> str:
    """An openapi-core error in a line: where, what, and the value it is about."""
    from jsonschema.exceptions import ValidationError

    found: BaseException | None = error
    while found is not None and not hasattr(found, "schema_errors"):
        found = found.__cause__
    errors = [one for one in getattr(found, "schema_errors", ()) if isinstance(one, ValidationError)]
    if not errors:
        return f"{type(error).__name__}: {str(error.__cause__ or error)[:300]}"
    first = _innermost(errors[0])
    excerpt = json.dumps(first.instance, default=str)
    said = first.message.replace(repr(first.instance), "the value", 1)
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    return f"{_subject(error)}{first.json_path}: {said[:200]}; found {excerpt[:160]}{more}"


def _innermost(error: Any) -> Any:
    """Of the reasons why no alternative fits, the one that got furthest into the value."""
    while error.context:
        error = max(error.context, key=lambda one: len(one.absolute_path))
    return error


def _subject(error: Exception) -> str:
    name = getattr(error, "name", None)
    return f"parameter {name} " if isinstance(name, str) else ""


def _pattern(template: str) -> re.Pattern[str]:
    parts = re.split(r"(\{[^}]+\})", template)
    return re.compile("".join("[^/]+" if part[:1] == "{" else re.escape(part) for part in parts))


class _Request:
    """A request in the form openapi-core asks for."""

    def __init__(self, asked: Asked) -> None:
        from openapi_core.datatypes import RequestParameters

        self.host_url, self.path, self.method = SERVER, asked.path, asked.method.lower()
        self.body = asked.body or None
        headers = Headers(dict(asked.headers))
        self.content_type = headers.get("content-type", "")
        self.parameters = RequestParameters(query=ImmutableMultiDict(asked.pairs), header=headers)


class _Response:
    """An answer in the form openapi-core asks for."""

    def __init__(self, status: int, headers: Mapping[str, str], content: bytes) -> None:
        self.status_code, self.data = status, content
        self.headers = Headers(dict(headers))
        self.content_type = self.headers.get("content-type", "")
