"""Operations on options, option values and modifiers (fact sheet §4). Modifiers never carry stock."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipelines.kit.sandbox import Request, Response, route
from pipelines.platforms.bigcommerce.sandbox.answers import body_of, data, invalid, only_known, page_of, trimmed
from pipelines.platforms.bigcommerce.sandbox.base import V3
from pipelines.platforms.bigcommerce.sandbox.fields import Field, choice, flag, integer, text
from pipelines.platforms.bigcommerce.sandbox.part_changes import objects, part_of
from pipelines.platforms.bigcommerce.sandbox.records import Product
from pipelines.platforms.bigcommerce.sandbox.variant_changes import VariantChanges

PRODUCT = f"{V3}/catalog/products/{{product_id}}"
OPTIONS = f"{PRODUCT}/options"
OPTION = f"{OPTIONS}/{{option_id}}"
VALUES = f"{OPTION}/values"
VALUE = f"{VALUES}/{{value_id}}"
MODIFIERS = f"{PRODUCT}/modifiers"
_SHAPE = ("include_fields", "exclude_fields")
_MODIFIER: Mapping[str, Field] = {
    "display_name": text(255, 1),
    "type": choice(
        "date",
        "checkbox",
        "file",
        "text",
        "multi_line_text",
        "numbers_only_text",
        "radio_buttons",
        "rectangles",
        "dropdown",
        "product_list",
        "product_list_with_images",
        "swatch",
    ),
    "required": flag(),
    "sort_order": integer(-2147483648),
    "config": Field("object"),
    "option_values": Field("any"),
}


class OptionRoutes(VariantChanges):
    """Options, values, modifiers."""

    @route("GET", OPTIONS)
    def list_options(self, request: Request, product_id: str) -> Response:
        only_known(request, _SHAPE)
        return page_of(self.store.product(product_id).options, request)

    @route("POST", OPTIONS)
    def post_option(self, request: Request, product_id: str) -> Response:
        product = self.store.product(product_id)
        with self.store.all_or_nothing([product]):
            option = self.add_option(product, body_of(request, dict))
        self.touch(product)
        return data(option)

    def _option(self, product: Product, option_id: str) -> dict[str, Any]:
        return part_of(product.options, option_id, "option")

    @route("GET", OPTION)
    def get_option(self, request: Request, product_id: str, option_id: str) -> Response:
        only_known(request, _SHAPE)
        return data(trimmed(self._option(self.store.product(product_id), option_id), request))

    @route("PUT", OPTION)
    def put_option(self, request: Request, product_id: str, option_id: str) -> Response:
        product = self.store.product(product_id)
        option = self._option(product, option_id)
        with self.store.all_or_nothing([product]):
            self.change_option(product, option, body_of(request, dict))
        self._after_removal(product)
        return data(option)

    @route("DELETE", OPTION)
    def delete_option(self, request: Request, product_id: str, option_id: str) -> Response:  # noqa: ARG002
        product = self.store.product(product_id)
        self.remove_option(product, self._option(product, option_id))
        self._after_removal(product)
        return Response.empty(204)

    def _after_removal(self, product: Product) -> None:
        if not product.options and not product.variants:
            self.add_base(product)
        self.touch(product)

    @route("GET", VALUES)
    def list_values(self, request: Request, product_id: str, option_id: str) -> Response:
        only_known(request, _SHAPE)
        return page_of(self._option(self.store.product(product_id), option_id)["option_values"], request)

    @route("POST", VALUES)
    def post_value(self, request: Request, product_id: str, option_id: str) -> Response:
        product = self.store.product(product_id)
        self.check_options_allowed(product)
        value = self.add_value(self._option(product, option_id), body_of(request, dict))
        self.touch(product)
        return data(value)

    @route("GET", VALUE)
    def get_value(self, request: Request, product_id: str, option_id: str, value_id: str) -> Response:
        only_known(request, _SHAPE)
        option = self._option(self.store.product(product_id), option_id)
        return data(trimmed(part_of(option["option_values"], value_id, "option value"), request))

    @route("PUT", VALUE)
    def put_value(self, request: Request, product_id: str, option_id: str, value_id: str) -> Response:
        product = self.store.product(product_id)
        self.check_options_allowed(product)
        option = self._option(product, option_id)
        value = part_of(option["option_values"], value_id, "option value")
        self.change_value(option, value, body_of(request, dict))
        self.touch(product)
        return data(value)

    @route("DELETE", VALUE)
    def delete_value(self, request: Request, product_id: str, option_id: str, value_id: str) -> Response:  # noqa: ARG002
        product = self.store.product(product_id)
        self.check_options_allowed(product)
        option = self._option(product, option_id)
        self.remove_value(product, option, part_of(option["option_values"], value_id, "option value"))
        self._after_removal(product)
        return Response.empty(204)

    @route("GET", MODIFIERS)
    def list_modifiers(self, request: Request, product_id: str) -> Response:
        only_known(request, _SHAPE)
        return page_of(self.store.product(product_id).modifiers, request)

    @route("POST", MODIFIERS)
    def post_modifier(self, request: Request, product_id: str) -> Response:
        product = self.store.product(product_id)
        modifier = self.new_modifier(product, body_of(request, dict))
        self.touch(product)
        return data(modifier)

    def new_modifier(self, product: Product, body: Mapping[str, Any]) -> dict[str, Any]:
        """Add a modifier; ``type``, ``required`` and ``display_name`` are needed."""
        missing = {name: "is required" for name in ("type", "required", "display_name") if name not in body}
        if missing:
            raise invalid(missing)
        self.check_fields(body, _MODIFIER, frozenset({"name", "image_url"}))
        values = objects(body.get("option_values") or [], "option_values")
        id_ = self.store.next_id("option")
        modifier = {
            "id": id_,
            "product_id": product.id,
            "name": f"{body['display_name']}-{id_}",
            "display_name": body["display_name"],
            "type": body["type"],
            "required": body["required"],
            "sort_order": body.get("sort_order", len(product.modifiers)),
            "config": body.get("config", {}),
            "option_values": [{"id": self.store.next_id("value"), "option_id": id_, **value} for value in values],
        }
        product.modifiers.append(modifier)
        return modifier

    @route("DELETE", f"{MODIFIERS}/{{modifier_id}}")
    def delete_modifier(self, request: Request, product_id: str, modifier_id: str) -> Response:  # noqa: ARG002
        product = self.store.product(product_id)
        product.modifiers.remove(part_of(product.modifiers, modifier_id, "modifier"))
        self.touch(product)
        return Response.empty(204)
