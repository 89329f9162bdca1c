"""Whether the words of a mapping fit together: platforms, capabilities, fields, settings, expressions (B80, B85)."""

from __future__ import annotations

from collections.abc import Mapping as Map
from functools import cache
from typing import Any

from pydantic import ValidationError

from pipelines.language.canonical import Entity, vocabulary
from pipelines.language.document import Document, Place, as_found, nearest
from pipelines.language.load import validate
from pipelines.language.mapping import ENTITIES, PEOPLE, FieldRow, Flow, Mapping
from pipelines.language.orders import HELPERS
from pipelines.language.quality import house_limits
from pipelines.language.settings import HISTORY_CONFIRMED, Settings, merged, setting_names
from pipelines.language.transform import check_transform
from pipelines.platforms import discover

_TAKES = {"products": "update_products", "stock": "stock_levels", "orders": "sales", "customers": "customers"}
"""What a platform must be able to do that an entity flows to."""

_CARRIED_BY = {"stock": "stock", PEOPLE: "orders"}
_NOT_OF_PEOPLE = frozenset({"transform", "on_blank", "on_create", "on_update", "once_at_creation", "when"})


@cache
def limit_classes() -> list[str]:
    """The classes of changes that can be limited."""
    return sorted(house_limits().classes)


def check_mapping(mapping: Mapping, document: Document, name: str) -> None:
    """Add a problem for every word of a mapping that names nothing, or that two rows claim."""
    sides = (("from", mapping.from_platform), ("to", mapping.to_platform))
    missing = [unknown(document, (side,), "platform", platform, list(discover())) for side, platform in sides]
    if not any(missing) and name != f"{mapping.from_platform}__{mapping.to_platform}":
        message, expected = (
            "the file is not named after its platforms",
            f"{mapping.from_platform}__{mapping.to_platform}",
        )
        document.problem(("from",), "other_name", message, found=f"{name}.yaml", expected=f"{expected}.yaml")
    for index, key in enumerate(mapping.match):
        if key in mapping.match[:index]:
            message = f"the match key `{key}` is there twice"
            document.problem(("match", index), "repeated_key", message, found=key, expected="each key once")
    for index, flow in enumerate(mapping.flows):
        _check_flow(mapping, flow, document, ("flows", index))
    _check_orders(mapping, document)
    for setting in mapping.no_effect:
        unknown(document, ("no_effect", setting), "setting", setting, setting_names(), key=True)
    check_settings(mapping, {}, document, ("settings",))
    for entity in ENTITIES:
        _check_entity(mapping, document, entity)
    if mapping.customers or any(flow.entity == "orders" for flow in mapping.flows):
        _check_entity(mapping, document, PEOPLE)


def _check_orders(mapping: Mapping, document: Document) -> None:
    flows = any(flow.entity == "orders" for flow in mapping.flows)
    if flows and mapping.orders is None and not document.is_spoilt(("orders",)):
        document.problem(
            ("orders",),
            "missing_key",
            "orders flow, but nothing says what they become",
            expected="`orders:` with `statuses:`",
        )
    if mapping.orders is not None:
        for name in mapping.orders.helpers:
            unknown(document, ("orders", "helpers", name), "kind of line", name, list(HELPERS), key=True)


def check_settings(mapping: Mapping, override: dict[str, Any], document: Document, place: Place) -> None:
    """Add a problem for every unknown, wrong or ineffective setting written at ``place``.

    ``override`` is what a merchant's connection says there; without one, the mapping's own settings are checked.
    """
    whole = merged(mapping.settings, override)
    settings = validate(document, Settings, place, whole, without=mapping.no_effect)
    _check_effect(mapping, override or mapping.settings, document, place)
    if settings is None:
        return
    for name in settings.limits:
        unknown(document, (*place, "limits", name), "class of changes", name, limit_classes(), key=True)
    _check_adopt(mapping, settings, document, (*place, "on_shop_drift"))
    if settings.publish == "listed" and not settings.publish_list:
        document.problem(
            (*place, "publish"),
            "missing_key",
            "`publish: listed` without `publish_list`",
            expected="`publish_list:` with the SKUs",
        )
    _check_outlets(settings, document, (*place, "outlets"))
    _check_history(settings, document, place)


def _check_adopt(mapping: Mapping, settings: Settings, document: Document, place: Place) -> None:
    """A level of the store is taken to the till only where it can be told from orders, and for one outlet (§2.5.5)."""
    if settings.on_shop_drift != "adopt":
        return
    till = discover().get(mapping.from_platform)
    several = isinstance(settings.outlets, list) and len(settings.outlets) > 1 and settings.stock_scope == "combined"
    reasons = (
        (
            till is not None and "adjust_stock" not in till.capabilities,
            f"{mapping.from_platform} has no way to take a level in",
            "use `till_wins` or `hold`",
        ),
        (
            not (settings.order_sync and mapping.carries("orders")),
            "orders do not flow, so what was sold online cannot be told from what a person set",
            "set `order_sync: true`, or use `till_wins` or `hold`",
        ),
        (
            several,
            "the store shows the sum of several outlets, and a level set there does not say which of them it is of",
            "show one outlet, or `per_location`; or use `till_wins` or `hold`",
        ),
    )
    for wrong, why, do in reasons:
        if wrong:
            document.problem(
                place, "cannot_adopt", f"`on_shop_drift: adopt` is not possible here: {why}", found="adopt", do=do
            )


def _check_history(settings: Settings, document: Document, place: Place) -> None:
    """Orders of before the connection are asked for in words, which say what becomes of stock (S001-49, S001-50)."""
    early, connected = settings.order_sync_start_date, settings.connected_on
    name = "import_all_orders" if settings.import_all_orders else "order_sync_start_date"
    wanted = settings.import_all_orders or (early is not None and connected is not None and early < connected)
    words, said = HISTORY_CONFIRMED[settings.historical_stock_effect], settings.confirm_history
    if wanted and said != words:
        document.problem(
            (*place, name),
            "not_confirmed",
            f"`{name}` brings orders of before the connection to the till, which is not confirmed",
            found=f"`confirm_history: {said}`" if said else "no `confirm_history`",
            expected=f"`confirm_history: {words}`",
            do='read what it does under "Orders of before" in docs/running.md; a run shows it before it is done',
        )


def _check_outlets(settings: Settings, document: Document, place: Place) -> None:
    for index, outlet in enumerate(settings.outlets if isinstance(settings.outlets, list) else []):
        if outlet in settings.outlets[:index]:
            message = f"the outlet `{outlet}` is there twice"
            document.problem((*place, index), "repeated_outlet", message, found=outlet, expected="each outlet once")
    if settings.stock_scope == "single" and len(settings.outlets) > 1 and isinstance(settings.outlets, list):
        document.problem(
            (*place, 1),
            "several_outlets",
            "the stock of a single outlet is shown, but several are named",
            found=", ".join(settings.outlets),
            expected="one outlet, or `stock_scope: combined` to add them up, or `per_location` to show each at its own",
        )


def check_locations(
    mapping: Mapping, override: Map[str, Any], known: Map[str, str], document: Document, place: Place
) -> None:
    """Add a problem for every chosen outlet without a store location, where each is to show at its own (C-23).

    ``known``: outlet → location, of the mapping and the merchant together.
    """
    settings = merged(mapping.settings, dict(override))
    outlets = settings.get("outlets")
    for index, outlet in enumerate(
        outlets if settings.get("stock_scope") == "per_location" and isinstance(outlets, list) else []
    ):
        if outlet not in known:
            document.problem(
                (*place, "outlets", index),
                "unmapped_location",
                f"the outlet `{outlet}` has no store location",
                found=str(outlet),
                expected=f"a line `{outlet}: <store location>` under `locations:`",
                do=nearest(str(outlet), list(known)),
            )


def _check_effect(mapping: Mapping, given: dict[str, Any], document: Document, place: Place) -> None:
    """Each setting by itself, so that a mistake in another one hides none."""
    for name in (name for name in given if name in mapping.no_effect):
        field = next((key for key, info in Settings.model_fields.items() if name in {key, info.alias}), None)
        try:
            value = getattr(Settings.model_validate({name: given[name]}), field) if field else None
        except ValidationError:
            continue
        if field and value != Settings.model_fields[field].default:
            document.problem(
                (*place, name),
                "no_effect",
                f"the setting `{name}` has no effect on this connection",
                found=as_found((), given[name]),
                expected=mapping.no_effect[name],
                do=f"remove `{name}:`",
            )


def _check_flow(mapping: Mapping, flow: Flow, document: Document, place: Place) -> None:
    name = mapping.to_platform if flow.direction == "from_to" else mapping.from_platform
    platform = discover().get(name)
    if platform is None:
        return
    if platform.writers is None or _TAKES[flow.entity] not in platform.capabilities:
        words = f"{flow.entity} are never written to {name}"
        document.problem(place, "cannot_write", words, found=f"{flow.entity} to {name}")
    for index, capability in enumerate(flow.needs):
        unknown(document, (*place, "needs", index), "capability", capability, sorted(platform.capabilities))


def _check_entity(mapping: Mapping, document: Document, entity: str) -> None:
    rows, words = mapping.fields(entity), vocabulary().entities[entity].mappable
    for missing in (
        name for name in words if (entity, name) not in document.spots and not document.is_spoilt((entity,))
    ):
        document.problem(
            (entity, missing),
            "unmapped_field",
            f"`{entity}.{missing}` is not mapped",
            expected=f"a row `{missing}:`",
            do="say where it goes with `to:`, or `sync: never` with a `reason:`",
        )
    for name, row in rows.items():
        _check_row(mapping, document, (entity, name), row)
    if entity != PEOPLE:
        _check_owners(document, entity, rows)


def _check_row(mapping: Mapping, document: Document, place: tuple[str, str], row: FieldRow) -> None:
    entity, name = place
    words = vocabulary().entities[entity]
    if unknown(document, place, f"field of {entity}", name, words.mappable, key=True):
        return
    if row.to is not None:
        unknown(document, (*place, "to"), f"field of {entity}", row.to, words.mappable)
        flow = _CARRIED_BY.get(entity, "products")
        if not any(known.entity == flow and known.direction == row.direction for known in mapping.flows):
            document.problem(
                (*place, "direction"),
                "no_flow",
                f"no flow carries {flow} {row.direction}",
                found=row.direction,
                expected=f"a flow {{entity: {flow}, direction: {row.direction}}}",
            )
    if row.when is not None:
        unknown(document, (*place, "when"), "setting", row.when, setting_names())
    if entity == PEOPLE:
        _check_person(row, document, place)
    _check_values(row, words, document, place)


def _check_person(row: FieldRow, document: Document, place: tuple[str, str]) -> None:
    """What is said of a buyer is carried as it is, to the field of that name; when, the setting says (S000-08)."""
    if row.to is not None and row.to != place[1]:
        message = f"`{PEOPLE}.{place[1]}` goes to the till's field of that name"
        document.problem((*place, "to"), "other_field", message, found=row.to, expected=place[1])
    for name in sorted(row.model_fields_set & _NOT_OF_PEOPLE):
        message = f"`{name}` has no effect on what an order says of its buyer"
        expected = f"no `{name}:`; the setting `customer_update` says when a customer is changed"
        document.problem((*place, name), "no_effect", message, found=name, expected=expected)


def _check_values(row: FieldRow, words: Entity, document: Document, place: tuple[str, str]) -> None:
    columns, name = {column: field.type for column, field in words.fields.items()}, place[1]
    wanted = columns.get(row.to or name)
    if wanted is None:
        return
    if row.transform is not None:
        check_transform(row.transform, columns, wanted, document, (*place, "transform"))
    elif row.to is not None and columns[name] != wanted:
        check_transform(name, columns, wanted, document, (*place, "to"))
    if row.once_at_creation is not None:
        check_transform(row.once_at_creation, columns, wanted, document, (*place, "once_at_creation"))


def _check_owners(document: Document, entity: str, rows: dict[str, FieldRow]) -> None:
    words = vocabulary().entities[entity]
    targets: dict[str, str] = {}
    for name, row in rows.items():
        if row.to is None or row.to not in words.mappable or name not in words.mappable:
            continue
        other, own = targets.get(row.to), rows.get(row.to)
        kept = own is not None and own.sync is not None and words.fields[row.to].kind != "shared_list"
        if other is not None or kept:
            document.problem(
                (entity, name, "to"),
                "two_owners",
                f"`{entity}.{row.to}` has two owners",
                found=name,
                expected=f"only `{other}` writes it" if other else f"nobody writes it: {own.reason if own else ''}",
                do="map one of them elsewhere, or `sync: never`",
            )
        targets.setdefault(row.to, name)


def unknown(document: Document, place: Place, what: str, found: str, known: list[str], *, key: bool = False) -> bool:
    """Add a problem unless ``found`` is one of ``known``, with the nearest of them; whether it was added."""
    if found in known:
        return False
    document.problem(
        place,
        "unknown_" + what.partition(" ")[0],
        f"there is no {what} `{found}`",
        key=key,
        found=found,
        expected="one of " + ", ".join(known) if known else "nothing: there is none",
        do=nearest(found, known),
    )
    return True
