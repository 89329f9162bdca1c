"""The files beside the mappings say the same as the code: the schema, the page about the language, the settings."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from pipelines.language.canonical import vocabulary
from pipelines.language.mapping import ENTITIES, FieldRow, Mapping
from pipelines.language.paths import CHECKOUT
from pipelines.language.schema import SCHEMA, mapping_schema, schema_text
from pipelines.language.settings import Settings, merged, setting_names
from pipelines.language.transform import FUNCTIONS

README = (CHECKOUT / "mappings" / "README.md").read_text(encoding="utf-8")


def test_the_schema_beside_the_mappings_is_current() -> None:
    assert SCHEMA.read_text(encoding="utf-8") == schema_text(), "run `python -m pipelines.language.schema`"


def test_the_schema_names_every_setting_and_every_field() -> None:
    schema = mapping_schema()
    assert sorted(schema["$defs"]["Settings"]["properties"]) == setting_names()
    for entity in ENTITIES:
        assert schema["properties"][entity]["required"] == vocabulary().entities[entity].mappable


@pytest.mark.parametrize("name", setting_names())
def test_the_page_about_the_language_names_every_setting(name: str) -> None:
    assert f"`{name}`" in README


def test_the_page_about_the_language_names_every_key_and_function() -> None:
    keys = {info.alias or name for model in (Mapping, FieldRow) for name, info in model.model_fields.items()}
    assert [word for word in sorted(keys | FUNCTIONS) if f"`{word}`" not in README] == []


def test_every_type_and_unit_of_the_vocabulary_is_one_duckdb_can_hold() -> None:
    import duckdb

    con = duckdb.connect()
    for entity in vocabulary().entities.values():
        for name, field in entity.fields.items():
            assert con.execute(f"SELECT CAST(NULL AS {field.type})").fetchone() == (None,), name
            assert (field.unit is not None) == field.type.startswith("DECIMAL"), name


def test_a_merchants_settings_lie_over_the_mappings_and_limits_are_merged_by_class() -> None:
    base = {"publish": "linked", "limits": {"delete": {"count": 5}, "create": {"count": 9}}}
    over = {"publish": "all", "limits": {"delete": {"count": 7}}}
    assert merged(base, over) == {"publish": "all", "limits": {"delete": {"count": 7}, "create": {"count": 9}}}


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("*/15 * * * *", True),
        ("0 3 1-15 * 1,3,5", True),
        ("30 3 * * 7", True),
        ("* * * *", False),
        ("60 * * * *", False),
        ("5-1 * * * *", False),
        ("*/0 * * * *", False),
        ("@daily", False),
    ],
)
def test_a_schedule_is_one_that_can_come(text: str, good: bool) -> None:
    if good:
        assert Settings(schedule=text).schedule == text
    else:
        with pytest.raises(ValidationError):
            Settings(schedule=text)


@pytest.mark.parametrize(
    ("settings", "today", "managed"),
    [
        ({"images": "by_connection_date"}, date(2026, 1, 1), True),
        ({"images": "by_connection_date", "connected_on": "2021-05-19"}, date(2026, 1, 1), False),
        ({"images": "always", "connected_on": "2010-01-01"}, date(2026, 1, 1), True),
        ({"images": "never"}, date(2026, 1, 1), False),
    ],
)
def test_images_follow_the_day_of_connection(settings: dict[str, Any], today: date, managed: bool) -> None:
    assert Settings.model_validate(settings).images_managed(today) is managed
