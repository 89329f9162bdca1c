"""The product CSV that most shops can export, as families, variants and images.

``read`` is the only way in: it returns a whole ``Catalogue`` or raises with every mistake it found. How a
till or a store keeps these records is not known here (`design.md` §8).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from pipelines.kit.csv_table import MAX_PROBLEMS, Row, Table, read_table
from pipelines.kit.errors import MistakeInFiles, Problem

FIRST_NUMBER = 10001
"""First number of the till's own SKU sequence."""

_COLUMNS: dict[str, tuple[str, ...]] = {
    "handle": ("handle", "url handle"),
    "title": ("title",),
    "body": ("body (html)", "body html", "description"),
    "vendor": ("vendor",),
    "type": ("type",),
    "tags": ("tags",),
    "published": ("published", "published on online store"),
    "status": ("status",),
    "option1_name": ("option1 name",),
    "option1_value": ("option1 value",),
    "option2_name": ("option2 name",),
    "option2_value": ("option2 value",),
    "option3_name": ("option3 name",),
    "option3_value": ("option3 value",),
    "sku": ("variant sku", "sku"),
    "grams": ("variant grams", "weight value (grams)"),
    "quantity": ("variant inventory qty", "inventory quantity"),
    "price": ("variant price", "price"),
    "cost": ("cost per item",),
    "barcode": ("variant barcode", "barcode"),
    "image": ("image src", "product image url"),
    "position": ("image position",),
    "variant_image": ("variant image", "variant image url"),
}
_REQUIRED = tuple(_COLUMNS[name] for name in ("handle", "title", "price"))
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?\Z")
_SCIENTIFIC = re.compile(r"[0-9](\.[0-9]+)?[eE]\+?[0-9]+\Z")
_DATE = re.compile(
    r"([0-9]{1,2}-(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)|(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)-[0-9]{2})\Z",
    re.I,
)


@dataclass(frozen=True)
class Image:
    """A picture of a family; ``position`` counts from 1 in the order to show."""

    url: str
    position: int


@dataclass(frozen=True)
class Variant:
    """One sellable item. ``quantity`` None: stock is not tracked. Money in major units, weight in grams."""

    sku: str
    option_values: tuple[str, ...]
    price: Decimal
    cost: Decimal | None
    barcode: str | None
    barcode_type: str | None
    """``UPC``, ``EAN``, ``ITF`` or ``CUSTOM``, told by the length alone; None without a barcode."""
    grams: Decimal | None
    quantity: Decimal | None
    image_url: str | None
    line: int


@dataclass(frozen=True)
class Family:
    """The rows of one handle. ``option_names`` is empty for a simple product, which has one variant."""

    handle: str
    name: str
    description: str | None
    brand: str | None
    category: str | None
    tags: tuple[str, ...]
    active: bool
    option_names: tuple[str, ...]
    variants: tuple[Variant, ...]
    images: tuple[Image, ...]
    line: int


@dataclass(frozen=True)
class Catalogue:
    """A whole file. ``notes``: what was changed or looks damaged, by line; ``not_carried``: filled cells per
    column that a till has no place for; ``next_number``: where the SKU sequence goes on."""

    families: tuple[Family, ...]
    notes: tuple[Problem, ...] = ()
    not_carried: Mapping[str, int] = field(default_factory=dict)
    rows: int = 0
    next_number: int = FIRST_NUMBER

    @property
    def variants(self) -> Iterator[Variant]:
        """Every sellable item, in file order of the families."""
        return (variant for family in self.families for variant in family.variants)


def read(source: Path | str | bytes) -> Catalogue:
    """Read a path, or the text itself. Raises MistakeInFiles; nothing is loaded then."""
    table = read_table(source, _REQUIRED)
    return _Reader(table).catalogue()


def barcode_type(code: str) -> str:
    """UPC has 12 digits, EAN 8 or 13, ITF 14; anything else is CUSTOM. The check digit decides nothing."""
    if not (code.isascii() and code.isdigit()):
        return "CUSTOM"
    return {8: "EAN", 12: "UPC", 13: "EAN", 14: "ITF"}.get(len(code), "CUSTOM")


@dataclass(frozen=True)
class _Line:
    """One row by our own column names; a column the file does not have is ''."""

    line: int
    cells: Mapping[str, str]

    def __getitem__(self, name: str) -> str:
        return self.cells.get(name, "")

    @property
    def options(self) -> tuple[str, ...]:
        return tuple(self[f"option{n}_value"] for n in (1, 2, 3))

    @property
    def is_image_row(self) -> bool:
        return not self["price"] and not any(self.options)


class _Reader:
    """One pass over a table: gathers mistakes and notes, then builds the families in file order."""

    def __init__(self, table: Table) -> None:
        self.file = table.name
        self.mistakes: list[Problem] = []
        self.notes: list[Problem] = []
        names = {spelling: name for name, spellings in _COLUMNS.items() for spelling in spellings}
        self._known = [(names.get(column.lower()), column) for column in table.header]
        self._lines = [self._line(row) for row in table.rows]
        self._not_carried = self._count_not_carried(table)
        self._explicit = {line["sku"] for line in self._lines if line["sku"]}
        self._used: set[str] = set()
        self._titles: dict[str, int] = {}
        """names in use → the number that the next same title tries first."""
        self._next = FIRST_NUMBER

    def catalogue(self) -> Catalogue:
        skus = {line.line: self._sku(line) for line in self._lines if not line.is_image_row}
        families = [self._family(handle, lines, skus) for handle, lines in self._by_handle().items()]
        if self.mistakes:
            raise MistakeInFiles(*self.mistakes[:MAX_PROBLEMS])
        return Catalogue(
            families=tuple(family for family in families if family.variants),
            notes=tuple(sorted(self.notes, key=lambda note: note.line or 0)),
            not_carried=self._not_carried,
            rows=len(self._lines),
            next_number=self._next,
        )

    def _line(self, row: Row) -> _Line:
        cells = zip(self._known, row.cells, strict=True)
        return _Line(row.line, {name: cell.strip() for (name, _), cell in cells if name})

    def _count_not_carried(self, table: Table) -> dict[str, int]:
        counts = {
            column: sum(1 for row in table.rows if row.cells[at].strip())
            for at, (name, column) in enumerate(self._known)
            if name is None and column
        }
        return {column: count for column, count in counts.items() if count}

    def _by_handle(self) -> dict[str, list[_Line]]:
        groups: dict[str, list[_Line]] = {}
        for line in self._lines:
            if line["handle"]:
                groups.setdefault(line["handle"], []).append(line)
            else:
                self._mistake("handle_missing", "the row has no Handle", line)
        return groups

    def _sku(self, line: _Line) -> str:
        sku = line["sku"]
        if sku and sku not in self._used:
            self._used.add(sku)
            if _DATE.match(sku) or _SCIENTIFIC.match(sku):
                self._note("sku_damaged", "the SKU looks changed by a spreadsheet", line, sku)
            return sku
        while str(self._next) in self._explicit:
            self._next += 1
        number = str(self._next)
        self._used.add(number)
        self._next += 1
        if sku:
            self._note("sku_repeated", f"the SKU is used by an earlier row; this one gets {number}", line, sku)
        return number

    def _family(self, handle: str, lines: list[_Line], skus: Mapping[int, str]) -> Family:
        head = next((line for line in lines if line["title"]), lines[0])
        names = self._option_names(lines)
        family = Family(
            handle=handle,
            name=self._name(head),
            description=head["body"] or None,
            brand=head["vendor"] or None,
            category=head["type"] or None,
            tags=tuple(dict.fromkeys(tag for part in head["tags"].split(",") if (tag := part.strip()))),
            active=head["published"].lower() != "false" and head["status"].lower() not in ("draft", "archived"),
            option_names=names,
            variants=tuple(self._variant(line, skus, names) for line in lines if not line.is_image_row),
            images=self._images(lines),
            line=head.line,
        )
        self._check_variants(family)
        return family

    def _name(self, head: _Line) -> str:
        title = head["title"]
        if not title:
            self._mistake("title_missing", "the product has no Title", head)
        name, number = title, self._titles.get(title, 2)
        while name in self._titles:
            name, number = f"{title} ({number})", number + 1
        self._titles[title] = number
        self._titles.setdefault(name, 2)
        if name != title:
            self._note("title_repeated", f"another handle has this Title; this one becomes {name!r}", head, title)
        return name

    def _option_names(self, lines: list[_Line]) -> tuple[str, ...]:
        named = next((line for line in lines if line["option1_name"]), lines[0])
        names = tuple(named[f"option{n}_name"] for n in (1, 2, 3))
        values = named.options
        if names[0].lower() == "title" and values[0].lower() in ("default title", "") and not any(values[1:]):
            return ()
        return tuple(name for name in names if name)

    def _variant(self, line: _Line, skus: Mapping[int, str], names: tuple[str, ...]) -> Variant:
        price = self._number(line, "price", "Variant Price")
        if price is None:
            self._note("price_missing", "the variant has no price; it is loaded with 0", line)
        barcode = line["barcode"].removeprefix("'") or None
        self._look_at_barcode(line, barcode)
        if any(value for value in line.options[len(names) :] if value.lower() != "default title"):
            self._mistake("option_name_missing", "an option has a value and no name", line, " / ".join(line.options))
        return Variant(
            sku=skus[line.line],
            option_values=line.options[: len(names)],
            price=price or Decimal(0),
            cost=self._number(line, "cost", "Cost per item"),
            barcode=barcode,
            barcode_type=barcode_type(barcode) if barcode else None,
            grams=self._number(line, "grams", "Variant Grams"),
            quantity=self._number(line, "quantity", "Variant Inventory Qty"),
            image_url=line["variant_image"] or None,
            line=line.line,
        )

    def _look_at_barcode(self, line: _Line, code: str | None) -> None:
        if code and _SCIENTIFIC.match(code):
            self._note("barcode_damaged", "the barcode was turned into a rounded number by a spreadsheet", line, code)
        elif code and len(code) == 11 and code.isdigit() and _upc_check(f"0{code}"):
            self._note("barcode_damaged", "the barcode seems to have lost a leading zero", line, code)

    def _images(self, lines: list[_Line]) -> tuple[Image, ...]:
        placed: list[tuple[Decimal, str]] = []
        for line in lines:
            position = self._number(line, "position", "Image Position")
            if line["image"]:
                placed.append((Decimal("Infinity") if position is None else position, line["image"]))
        urls = dict.fromkeys(url for _, url in sorted(placed, key=lambda item: item[0]))
        return tuple(Image(url, at) for at, url in enumerate(urls, start=1))

    def _check_variants(self, family: Family) -> None:
        if not family.variants:
            do = "add a row with a price"
            self.notes.append(
                Problem("no_variant", f"{family.handle}: only image rows; not loaded", self.file, family.line, do=do)
            )
        seen: set[tuple[str, ...]] = set()
        for variant in family.variants:
            if variant.option_values in seen:
                found = " / ".join(variant.option_values) or family.handle
                message = "the product has this combination of options twice"
                self.notes.append(Problem("options_repeated", message, self.file, variant.line, found=found))
            seen.add(variant.option_values)

    def _number(self, line: _Line, name: str, column: str) -> Decimal | None:
        text = line[name]
        if not text:
            return None
        if not _NUMBER.match(text):
            self._mistake("not_a_number", f"{column} is not a number", line, text, "digits with a point, as 12.50")
            return None
        return Decimal(text)

    def _mistake(
        self, code: str, message: str, line: _Line, found: str | None = None, expected: str | None = None
    ) -> None:
        self.mistakes.append(Problem(code, message, self.file, line.line, found=found, expected=expected))

    def _note(self, code: str, message: str, line: _Line, found: str | None = None) -> None:
        self.notes.append(Problem(code, message, self.file, line.line, found=found))


def _upc_check(code: str) -> bool:
    digits = [int(sign) for sign in code]
    return (3 * sum(digits[0::2]) + sum(digits[1::2])) % 10 == 0
