# ruff: noqa: E501 (each message stands as it is printed)
"""What YAML text may be. A reader that guesses turns a country code into `false` and an id into another number."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from pipelines.kit.errors import MistakeInFiles
from pipelines.language.load import load
from pipelines.language.yaml_text import LARGEST, read


class Anything(BaseModel):
    """A file that may say anything."""


BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n" for before, name in zip("abcdefg", "bcdefgh", strict=True)
)


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path / "f.yaml"


def mistakes(file: Path) -> list[str]:
    with pytest.raises(MistakeInFiles) as caught:
        load(file, Anything)
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("a: 12", 12, id="whole number"),
        pytest.param("a: -0", 0, id="minus zero"),
        pytest.param("a: 0.02", Decimal("0.02"), id="a decimal, never a float"),
        pytest.param("a: 1.0e3", Decimal("1.0e3"), id="exponent"),
        pytest.param("a: true", True, id="true"),
        pytest.param("a: no", "no", id="no is text"),
        pytest.param("a: off", "off", id="off is text"),
        pytest.param("a: ~", None, id="null"),
        pytest.param("a:", None, id="nothing"),
        pytest.param("a: 2024-01-01", "2024-01-01", id="a date stays text"),
        pytest.param("a: 2026-07", "2026-07", id="a version stays text"),
        pytest.param('a: "0123"', "0123", id="quoted zeros stay"),
        pytest.param("a: 'no'", "no", id="quoted no"),
        pytest.param("a: |\n  x\n", "x\n", id="block"),
        pytest.param("a: 1.2.3", "1.2.3", id="dots"),
        pytest.param("a: +5", 5, id="plus"),
        pytest.param("b: &x 1\na: *x", 1, id="alias"),
        pytest.param("\ufeffa: 1", 1, id="byte order mark"),
        pytest.param("a: <<", "<<", id="merge is text"),
        pytest.param("a: =", "=", id="equals sign is text"),
    ],
)
def test_a_value_means_what_it_says_in_every_reader(file: Path, text: str, value: Any) -> None:
    file.write_text(text, encoding="utf-8")
    document = read(file)
    document.done()
    assert document.value["a"] == value
    assert type(document.value["a"]) is type(value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "a: 1\nb: 2\na: 3\n",
            ["f.yaml:3:1: the key `a` is there twice; found lines 1 and 3; expected each key once; remove one of them"],
            id="repeated key",
        ),
        pytest.param(
            "a: 0123\n",
            [
                "f.yaml:1:4: `0123` means different things to different readers of YAML; found 0123; expected text in "
                'quotes, true or false, or a decimal number; write "0123" in quotes for the text'
            ],
            id="octal",
        ),
        pytest.param(
            "a: 12:30\n",
            [
                "f.yaml:1:4: `12:30` means different things to different readers of YAML; found 12:30; expected text in "
                'quotes, true or false, or a decimal number; write "12:30" in quotes for the text'
            ],
            id="base 60",
        ),
        pytest.param(
            "no: 1\n",
            [
                "f.yaml:1:1: `no` means different things to different readers of YAML; found no; expected text in "
                'quotes, true or false, or a decimal number; write "no" in quotes for the text'
            ],
            id="no as a key",
        ),
        pytest.param(
            "a: !!python/object/apply:os.system [ls]\n",
            ["f.yaml:1:4: tags are not allowed; found !!python/object/apply:os.system; expected a plain value; remove the tag"],
            id="python tag",
        ),
        pytest.param(
            "a: !!str 5\n",
            ["f.yaml:1:4: tags are not allowed; found !!str; expected a plain value; remove the tag"],
            id="core tag",
        ),
        pytest.param(
            "a: *b\n",
            [
                "f.yaml:1:4: `*b` names nothing before it; found *b; expected an anchor that ends above; "
                "write the value out"
            ],
            id="alias of nothing",
        ),
        pytest.param(
            "a: &a [*a]\n",
            [
                "f.yaml:1:8: `*a` names nothing before it; found *a; expected an anchor that ends above; "
                "write the value out"
            ],
            id="alias of itself",
        ),
        pytest.param(
            BOMB,
            ["f.yaml:5:24: the file holds too many values; expected at most 50000, aliases counted out"],
            id="alias bomb",
        ),
        pytest.param(
            "a: " + "[" * 40,
            ["f.yaml:1:34: the file is nested too deeply; expected at most 30 levels"],
            id="deep",
        ),
        pytest.param(
            "a:\n\tb: 1\n",
            ["f.yaml:2:1: a tab stands where YAML wants spaces; found a tab; expected spaces; write spaces"],
            id="tab",
        ),
        pytest.param(
            "a: 'x\n",
            [
                "f.yaml:2:1: the text is not YAML: found unexpected end of stream; mend this line or the one before"
            ],
            id="unclosed quote",
        ),
        pytest.param("a: 1\n---\nb: 2\n", ["f.yaml:3:1: there are several documents in the file; expected one document"], id="two documents"),
        pytest.param("? [a]\n: 1\n", ["f.yaml:1:3: a key is plain text here; expected a word before the colon"], id="list as key"),
        pytest.param("a: \x07\n", ["f.yaml:1:4: a character is not allowed in YAML; found U+0007"], id="control character"),
        pytest.param(
            "a: 1\nb: 0x1F\na: 2\nc: !t x\n",
            [
                "f.yaml:2:4: `0x1F` means different things to different readers of YAML; found 0x1F; expected text in "
                'quotes, true or false, or a decimal number; write "0x1F" in quotes for the text',
                "f.yaml:3:1: the key `a` is there twice; found lines 1 and 3; expected each key once; remove one of them",
                "f.yaml:4:4: tags are not allowed; found !t; expected a plain value; remove the tag",
            ],
            id="all at once",
        ),
    ],
)  # fmt: skip
def test_a_text_that_could_be_misread_is_refused_at_its_place(file: Path, text: str, expected: list[str]) -> None:
    file.write_text(text, encoding="utf-8")
    assert mistakes(file) == expected


def test_bytes_that_are_not_utf8_are_named_with_their_place(file: Path) -> None:
    file.write_bytes(b"a: 1\nb: caf\xe9\n")
    assert mistakes(file) == [
        "f.yaml:2:7: the file is not UTF-8; found the byte 0xe9; expected UTF-8 text; save it as UTF-8"
    ]


def test_a_file_of_any_size_is_not_read_into_memory_structures(file: Path) -> None:
    file.write_text("#" * (LARGEST + 1), encoding="utf-8")
    assert mistakes(file) == [
        f"f.yaml:1:1: the file is too large; found {LARGEST + 1} bytes; expected at most {LARGEST} bytes"
    ]


def test_a_missing_file_is_named(file: Path) -> None:
    assert mistakes(file) == [
        "f.yaml: f.yaml cannot be read; found No such file or directory; expected a readable file"
    ]
