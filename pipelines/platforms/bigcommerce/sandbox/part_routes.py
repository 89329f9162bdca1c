"""Operations on what hangs on a product: images, custom fields, options, values, modifiers (fact sheet §4)."""

from __future__ import annotations

from typing import Any

from pipelines.kit.sandbox import Request, Response, route
from pipelines.platforms.bigcommerce.sandbox.answers import body_of, data, only_known, page_of, trimmed
from pipelines.platforms.bigcommerce.sandbox.base import V3
from pipelines.platforms.bigcommerce.sandbox.option_changes import OptionChanges
from pipelines.platforms.bigcommerce.sandbox.records import Product
from pipelines.platforms.bigcommerce.sandbox.render import image_record

PRODUCT = f"{V3}/catalog/products/{{product_id}}"
IMAGES = f"{PRODUCT}/images"
CUSTOM_FIELDS = f"{PRODUCT}/custom-fields"
_SHAPE = ("include_fields", "exclude_fields")


class PartRoutes(OptionChanges):
    """Images and custom fields."""

    @route("GET", IMAGES)
    def list_images(self, request: Request, product_id: str) -> Response:
        only_known(request, _SHAPE)
        product = self.store.product(product_id)
        if not product.images and self.switches["empty_images"] == 204:
            return Response.empty(204)
        return page_of(self.renderer.images(product), request)

    @route("POST", IMAGES)
    def post_image(self, request: Request, product_id: str) -> Response:
        product = self.store.product(product_id)
        multipart = request.headers.get("content-type", "").startswith("multipart/")
        body = {"image_url": "https://upload.example/file"} if multipart else body_of(request, dict)
        image = self.add_image(product, body)
        self.touch(product, moves_date=False)
        return data({**self._image(product, image), "image_url": body["image_url"]})

    @route("GET", f"{IMAGES}/{{image_id}}")
    def get_image(self, request: Request, product_id: str, image_id: str) -> Response:
        only_known(request, _SHAPE)
        product = self.store.product(product_id)
        return data(trimmed(self._image(product, self.image_of(product, image_id)), request))

    @route("PUT", f"{IMAGES}/{{image_id}}")
    def put_image(self, request: Request, product_id: str, image_id: str) -> Response:
        product = self.store.product(product_id)
        image = self.image_of(product, image_id)
        self.change_image(product, image, body_of(request, dict))
        self.touch(product, moves_date=False)
        return data(self._image(product, image))

    @route("DELETE", f"{IMAGES}/{{image_id}}")
    def delete_image(self, request: Request, product_id: str, image_id: str) -> Response:  # noqa: ARG002
        product = self.store.product(product_id)
        self.remove_image(product, self.image_of(product, image_id))
        self.touch(product, moves_date=False)
        return Response.empty(204)

    def _image(self, product: Product, image: dict[str, Any]) -> dict[str, Any]:
        return image_record(product, image, self.store_hash)

    @route("GET", CUSTOM_FIELDS)
    def list_custom_fields(self, request: Request, product_id: str) -> Response:
        only_known(request, _SHAPE)
        return page_of(self.store.product(product_id).custom_fields, request)

    @route("POST", CUSTOM_FIELDS)
    def post_custom_field(self, request: Request, product_id: str) -> Response:
        product = self.store.product(product_id)
        field = self.add_custom_field(product, body_of(request, dict))
        self.touch(product)
        return data(field)

    @route("GET", f"{CUSTOM_FIELDS}/{{field_id}}")
    def get_custom_field(self, request: Request, product_id: str, field_id: str) -> Response:
        only_known(request, _SHAPE)
        return data(trimmed(self.custom_field_of(self.store.product(product_id), field_id), request))

    @route("PUT", f"{CUSTOM_FIELDS}/{{field_id}}")
    def put_custom_field(self, request: Request, product_id: str, field_id: str) -> Response:
        product = self.store.product(product_id)
        field = self.custom_field_of(product, field_id)
        self.change_custom_field(product, field, body_of(request, dict))
        self.touch(product)
        return data(field)

    @route("DELETE", f"{CUSTOM_FIELDS}/{{field_id}}")
    def delete_custom_field(self, request: Request, product_id: str, field_id: str) -> Response:  # noqa: ARG002
        product = self.store.product(product_id)
        product.custom_fields.remove(self.custom_field_of(product, field_id))
        self.touch(product)
        return Response.empty(204)
