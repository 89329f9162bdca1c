"""The corrections of the fact sheets, made to a document in memory. No text of a document is kept here.

Numbers are those of the BigCommerce sheet's section on specs as test doubles; "slip" is one that the X-Series cases
list among the vendor's.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

Spec = dict[str, Any]


def corrected(file: str, spec: Spec) -> Spec:
    """The document with what is known to be wrong in it put right."""
    for correct in BY_FILE.get(file.rpartition("/")[2], ()):
        correct(spec)
    if file.startswith("bigcommerce/"):
        _nullable(spec)
        _refusals_in_json(spec)
        _created(spec)
    return spec


# --- X-Series -------------------------------------------------------------------------------------------------------


def _ids_unknown_at_creation(spec: Spec) -> None:
    """Slip: a create demands ids of codes and suppliers that only the server can know."""
    schemas = spec["components"]["schemas"]
    for name, known in (("ProductCode", ("code",)), ("ProductSupplier", ())):
        made = copy.deepcopy(schemas[name])
        made["required"] = [one for one in made.get("required", ()) if one in known]
        schemas[f"{name}OfCreate"] = made
    for body in ("ProductCreateBody", "ProductAddVariantPayload"):
        for part in ("product_codes", "product_suppliers"):
            schemas[body]["properties"][part]["items"]["$ref"] += "OfCreate"


def _uuid_in_capitals(spec: Spec) -> None:
    """The format ``UUID`` is checked by no validator; ``uuid`` is."""
    for node in _objects(spec):
        if node.get("format") == "UUID":
            node["format"] = "uuid"


def _files_are_bytes(spec: Spec) -> None:
    """A file in a form arrives as bytes, which a validator does not take for a text of format ``binary``."""
    upload = spec["paths"]["/products/{product_id}/actions/image_upload"]["post"]["requestBody"]["content"]
    for node in _objects(upload["multipart/form-data"]):
        if node.get("format") == "binary":
            node.pop("type")


# --- BigCommerce ----------------------------------------------------------------------------------------------------


def _product_batch(spec: Spec) -> None:
    """1: the batch update takes ids, is an array, and of ten at most."""
    batch = spec["components"]["schemas"]["product_Put_Collection"]
    batch["items"]["allOf"][0]["properties"]["id"].pop("readOnly")
    batch |= {"type": "array", "maxItems": 10}


def _inline_variants(spec: Spec) -> None:
    """A new product's variants are asked for ids only the server knows; §4: labels make them, a SKU is given."""
    schemas = spec["components"]["schemas"]
    made = copy.deepcopy(schemas["productVariant_Full"])
    made["required"] = []
    schemas["productVariant_FullOfCreate"] = made
    schemas["product_Base_POST"]["properties"]["variants"]["items"]["$ref"] += "OfCreate"


def _one_image(spec: Spec) -> None:
    """2: both forms of an image's answer overlap; a JSON request must name its address."""
    images = "/catalog/products/{product_id}/images"
    post = spec["paths"][images]["post"]
    for operation in (post, spec["paths"][images + "/{image_id}"]["put"]):
        for status in {"200", "201"} & operation["responses"].keys():
            schema = operation["responses"][status]["content"]["application/json"]["schema"]
            data = schema.get("properties", {}).get("data", {})
            if "oneOf" in data:
                data["anyOf"] = data.pop("oneOf")
    post["requestBody"]["content"]["application/json"]["schema"]["required"] = ["image_url"]


def _variant_batch(spec: Spec) -> None:
    """4: fifty variants at most; what makes a new one is named in the text beside it, not in the schema."""
    batch = _body(spec, "/catalog/variants", "put")
    batch["maxItems"] = 50
    whole = {"type": "integer"}
    value = {"type": "object", "properties": {"id": whole, "option_id": whole}, "required": ["id", "option_id"]}
    made = {"product_id": whole, "sku": {"type": "string"}, "option_values": {"type": "array", "items": value}}
    batch["items"]["allOf"].append({"type": "object", "properties": made})


def _brand_update(spec: Spec) -> None:
    """A brand's name is required of an update, too; the text beside it says of creation only."""
    _body(spec, "/catalog/brands/{brand_id}", "put")["required"] = []


def _category_place(spec: Spec) -> None:
    """5: a category is put under a tree or under a parent."""
    spec["components"]["schemas"]["CreateCategories"]["items"]["anyOf"] = [
        {"required": ["tree_id"]},
        {"required": ["parent_id"]},
    ]


def _adjustments(spec: Spec) -> None:
    """6: 2,000 items at most; an absolute level is not below 0."""
    schemas = spec["components"]["schemas"]
    for name in ("AdjustmentsAbsoluteRequest", "AdjustmentsRelativeRequest"):
        schemas[name]["properties"]["items"]["maxItems"] = 2000
    for node in _objects(schemas["AdjustmentsAbsoluteRequest"]):
        quantity = node.get("properties", {}).get("quantity")
        if isinstance(quantity, dict):
            quantity["minimum"] = 0


def _identities(spec: Spec) -> None:
    """The alternatives of an identity in the settings of an item demand nothing, so that each fits every value."""
    for node in _objects(spec["components"]["schemas"]["LocationItemsSettingsRequest"]):
        identity = node.get("properties", {}).get("identity", {})
        if "oneOf" in identity:
            identity["anyOf"] = identity.pop("oneOf")


def _lists_in_queries(spec: Spec) -> None:
    """6, 7: a filter ``…:in`` is a list separated by commas, though it is typed as one number."""
    for node in _objects(spec):
        if node.get("in") == "query" and str(node.get("name", "")).endswith(":in"):
            item = node["schema"].get("items", node["schema"])
            node |= {"schema": {"type": "array", "items": {"type": item["type"]}}, "style": "form", "explode": False}


def _refusals_in_json(spec: Spec) -> None:
    """Some refusals are typed ``plain/text``, which is no media type, or say nothing of their body: JSON passes."""
    for node in _objects(spec):
        if node.get("content") == {} or "plain/text" in node.get("content", ()):
            node["content"] = {"application/json": {"schema": {"type": "object"}}}


def _nullable(spec: Spec) -> None:
    """3, 4: nulls that are described and not declared."""
    for node in _objects(spec):
        if node.pop("x-nullable", False):
            node["nullable"] = True
        properties = node.get("properties")
        for name in ("base_variant_id", "sku_id"):
            if isinstance(properties, dict) and isinstance(properties.get(name), dict):
                properties[name]["nullable"] = True


def _created(spec: Spec) -> None:
    """The status page says 201 for any POST where the documents say 200: both pass (§4)."""
    for item in spec["paths"].values():
        answers = item.get("post", {}).get("responses", {})
        if "200" in answers:
            answers.setdefault("201", answers["200"])


def _order_lists(spec: Spec) -> None:
    """8, 9: an empty V2 list is 204; a sort may name its direction."""
    sort = spec["components"]["parameters"]["sort"]["schema"]
    sort["enum"] += [f"{name}:{way}" for name in sort["enum"] for way in ("asc", "desc")]
    for path, item in spec["paths"].items():
        if "get" in item and path.startswith("/orders"):
            item["get"]["responses"].setdefault("204", {"description": ""})


def _order_bodies(spec: Spec) -> None:
    """10: a new order needs an address and products; money of an order may be a number, as the text beside it says."""
    schemas = spec["components"]["schemas"]
    told = copy.deepcopy(schemas["order_Shared"])
    schemas["order_SharedOfPost"] = told
    parts = schemas["order_Post"]["allOf"]
    parts[0]["required"] = ["billing_address", "products"]
    parts[1]["$ref"] += "OfPost"
    for properties in (told["properties"], schemas["order_Put"]["allOf"][0]["properties"]):
        for name, one in properties.items():
            if "Float-As-String" in one.get("description", "") or name == "base_wrapping_cost":
                one["anyOf"] = [{"type": one.pop("type")}, {"type": "number"}]
    told["properties"]["external_order_id"]["nullable"] = True


def _order_answers(spec: Spec) -> None:
    """Taxes of what is no product name none, as the text beside it says; both forms of consignments overlap."""
    schemas = spec["components"]["schemas"]
    schemas["orderTaxes_Base"]["properties"]["order_product_id"]["nullable"] = True
    consignments = schemas["order_RespOnly"]["properties"]["consignments"]
    consignments["anyOf"] = consignments.pop("oneOf")


def _refund_items(spec: Spec) -> None:
    """11, 12: kinds of refunded items overlap; what was asked for is null where units were."""
    schemas = spec["components"]["schemas"]
    schemas["ItemsRefund"]["anyOf"] = schemas["ItemsRefund"].pop("oneOf")
    asked = copy.deepcopy(schemas["Amount"]) | {"nullable": True}
    schemas["RefundItem"]["properties"]["requested_amount"] = asked


def _customers_by_address(spec: Spec) -> None:
    """A filter by IP addresses is typed a list of whole numbers."""
    for one in spec["paths"]["/customers"]["get"]["parameters"]:
        if one["name"] == "registration_ip_address:in":
            one["schema"]["items"]["type"] = "string"


BY_FILE: dict[str, tuple[Callable[[Spec], None], ...]] = {
    "api-2026-07.openapi.yaml": (_ids_unknown_at_creation, _uuid_in_capitals, _files_are_bytes),
    "products_catalog.v3.yml": (_product_batch, _inline_variants, _one_image, _lists_in_queries),
    "product-variants_catalog.v3.yml": (_variant_batch, _lists_in_queries),
    "category-trees_catalog.v3.yml": (_category_place, _lists_in_queries),
    "brands_catalog.v3.yml": (_brand_update, _lists_in_queries),
    "inventory.v3.yml": (_adjustments, _identities, _lists_in_queries),
    "locations.v3.yml": (_lists_in_queries,),
    "channels.v3.yml": (_lists_in_queries,),
    "orders.v2.oas2.yml": (_order_lists, _order_bodies, _order_answers),
    "orders.v3.yml": (_refund_items,),
    "customers.v3.yml": (_customers_by_address,),
}


def _body(spec: Spec, path: str, method: str) -> dict[str, Any]:
    schema: dict[str, Any] = spec["paths"][path][method]["requestBody"]["content"]["application/json"]["schema"]
    return schema


def _objects(node: Any) -> Iterator[dict[str, Any]]:
    """Every object of a document; examples are no schemas and are left out."""
    if isinstance(node, dict):
        yield node
        for key, part in node.items():
            if key not in {"example", "examples", "x-examples"}:
                yield from _objects(part)
    elif isinstance(node, list):
        for part in node:
            yield from _objects(part)
