"""Images and custom fields of a product: what may be added, changed, removed.

They come inline with a product or by their own operations (``part_routes``); the rules are the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipelines.platforms.bigcommerce.sandbox.answers import Refusal, gone, invalid
from pipelines.platforms.bigcommerce.sandbox.base import StoreMachine
from pipelines.platforms.bigcommerce.sandbox.fields import defaults, integer, taken, text
from pipelines.platforms.bigcommerce.sandbox.records import (
    CUSTOM_FIELD,
    IMAGE,
    MOST_CUSTOM_FIELDS,
    MOST_IMAGES,
    Product,
)

_IMAGE_READ_ONLY = frozenset(
    {"id", "product_id", "date_modified", "url_zoom", "url_standard", "url_thumbnail", "url_tiny", "image_file"}
)
_ITEM = {"id": integer(1)}


class PartChanges(StoreMachine):
    """Images and custom fields."""

    def add_image(self, product: Product, body: Mapping[str, Any]) -> dict[str, Any]:
        """Add an image by its URL (fact sheet §4); the first one becomes the thumbnail."""
        self.check_fields(body, IMAGE, _IMAGE_READ_ONLY)
        if len(product.images) >= MOST_IMAGES:
            raise Refusal(422, f"A product has at most {MOST_IMAGES} images")
        self.check_source(body.get("image_url"))
        image = {"id": self.store.next_id("image"), **defaults(IMAGE), "date_modified": self.stamp()}
        image |= taken(body, IMAGE)
        image["is_thumbnail"] = image["is_thumbnail"] or not product.images
        product.images.append(image)
        self._one_thumbnail(product, image)
        return image

    def change_image(self, product: Product, image: dict[str, Any], body: Mapping[str, Any]) -> None:
        """Change an image; another ``image_url`` replaces what is behind the store's own addresses."""
        self.check_fields(body, IMAGE, _IMAGE_READ_ONLY)
        if "image_url" in body:
            self.check_source(body["image_url"])
        image |= taken(body, IMAGE)
        image["date_modified"] = self.stamp()
        self._one_thumbnail(product, image)

    def remove_image(self, product: Product, image: dict[str, Any]) -> None:
        """Remove an image; another becomes the thumbnail when it was."""
        product.images.remove(image)
        if image["is_thumbnail"] and product.images:
            product.images[0]["is_thumbnail"] = True

    def _one_thumbnail(self, product: Product, image: dict[str, Any]) -> None:
        if image["is_thumbnail"]:
            for other in product.images:
                other["is_thumbnail"] = other is image

    def check_source(self, url: object) -> None:
        """Refuse an address the store could not fetch an image from. Nothing is fetched."""
        if not isinstance(url, str) or not url.startswith(("http://", "https://")):
            raise invalid({"image_url": "must be a public http or https address"})
        unreachable = self.switches["unreachable_images"]
        if any(part in url for part in (unreachable if isinstance(unreachable, list) else [])):
            raise invalid({"image_url": "could not be fetched"})

    def image_of(self, product: Product, id_: str | int) -> dict[str, Any]:
        """An image of a product. Raises Refusal 404."""
        return part_of(product.images, id_, "image")

    def put_images(self, product: Product, items: object) -> None:
        """Images inline with a product: with an id changed, without one added."""
        for item in objects(items, "images"):
            if "id" in item:
                self.change_image(product, self.image_of(product, item["id"]), item)
            else:
                self.add_image(product, item)

    def add_custom_field(self, product: Product, body: Mapping[str, Any]) -> dict[str, Any]:
        """Add a custom field; the pair of name and value is unique in the product (fact sheet §4)."""
        missing = {name: "is required" for name in CUSTOM_FIELD if name not in body}
        if missing:
            raise invalid(missing)
        self.check_fields(body, {**CUSTOM_FIELD, **_ITEM}, frozenset())
        if len(product.custom_fields) >= MOST_CUSTOM_FIELDS:
            raise Refusal(422, f"A product has at most {MOST_CUSTOM_FIELDS} custom fields")
        field = {"id": self.store.next_id("custom_field"), "name": body["name"], "value": body["value"]}
        self._check_pair(product, field)
        product.custom_fields.append(field)
        return field

    def change_custom_field(self, product: Product, field: dict[str, Any], body: Mapping[str, Any]) -> None:
        """Change name or value of a custom field."""
        self.check_fields(body, {**CUSTOM_FIELD, **_ITEM}, frozenset())
        self._check_pair(product, {**field, **taken(body, CUSTOM_FIELD)})
        field |= taken(body, CUSTOM_FIELD)

    def _check_pair(self, product: Product, field: Mapping[str, Any]) -> None:
        for other in product.custom_fields:
            same = (other["name"], other["value"]) == (field["name"], field["value"])
            if same and other["id"] != field["id"]:
                raise Refusal(
                    422, f"The custom field {field['name']} with this value exists", {"custom_fields": "duplicate"}
                )

    def custom_field_of(self, product: Product, id_: str | int) -> dict[str, Any]:
        """A custom field of a product. Raises Refusal 404."""
        return part_of(product.custom_fields, id_, "custom field")

    def put_custom_fields(self, product: Product, items: object) -> None:
        """Custom fields inline with a product; whether the others stay is a switch."""
        listed = objects(items, "custom_fields")
        if self.switches["custom_fields_on_put"] == "replace":
            kept = {item["id"] for item in listed if "id" in item}
            product.custom_fields = [field for field in product.custom_fields if field["id"] in kept]
        for item in listed:
            if "id" in item:
                self.change_custom_field(product, self.custom_field_of(product, item["id"]), item)
            else:
                self.add_custom_field(product, item)

    def put_plain_lists(self, product: Product, body: Mapping[str, Any]) -> None:
        """Videos and bulk prices, kept as they come; they replace the former ones."""
        for name in ("videos", "bulk_pricing_rules"):
            if name in body:
                items = objects(body[name], name)
                setattr(product, name, [{"id": self.store.next_id(name), **item} for item in items])


def objects(items: object, name: str) -> list[dict[str, Any]]:
    """A list of objects out of a body. Raises Refusal 422 on anything else."""
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise invalid({name: "must be a list of objects"})
    return items


def part_of(parts: list[dict[str, Any]], id_: str | int, what: str) -> dict[str, Any]:
    """The part with an id. Raises Refusal 404."""
    for part in parts:
        if str(part["id"]) == str(id_):
            return part
    raise gone(what, id_)


LABEL = {"label": text(255, 1), "sort_order": integer(-2147483648)}
