"""Images of products and variations, by address or as bytes (fact sheet §2.8). Nothing is fetched.

Every upload is a new image with an id of its own, also of an address that was uploaded before.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from pipelines.kit.sandbox import Request, Response, route
from pipelines.platforms.ecwid.sandbox.answers import Refusal, body_of, wrong
from pipelines.platforms.ecwid.sandbox.fields import ALT, checked, many, record, text, whole
from pipelines.platforms.ecwid.sandbox.records import Product
from pipelines.platforms.ecwid.sandbox.stock_routes import COMBINATION, PRODUCT, StockRoutes

LARGEST_IMAGE = 20 * 2**20
LATER = {"url": text, "width": whole, "height": whole, "externalId": text, "alt": ALT}
PLACED = record(imageUrl=text, videoUrl=text, alt=ALT)
MEDIA = {"mainMedia": PLACED, "galleryMedia": many(PLACED)}


class ImageRoutes(StockRoutes):
    """Main images, galleries, and the one image of a variation."""

    @route("POST", f"{PRODUCT}/image")
    def post_main(self, request: Request, product: str) -> Response:
        return self._uploaded(self.shelves.product(product), self._source(request), main=True)

    @route("POST", f"{PRODUCT}/gallery")
    def post_gallery(self, request: Request, product: str) -> Response:
        return self._uploaded(self.shelves.product(product), self._source(request), main=False)

    @route("POST", f"{PRODUCT}/image/async")
    def post_main_later(self, request: Request, product: str) -> Response:
        return self._uploaded(self.shelves.product(product), self._later(request), main=True)

    @route("POST", f"{PRODUCT}/gallery/async")
    def post_gallery_later(self, request: Request, product: str) -> Response:
        return self._uploaded(self.shelves.product(product), self._later(request), main=False)

    @route("DELETE", f"{PRODUCT}/image")
    def delete_main(self, request: Request, product: str) -> Response:  # noqa: ARG002
        return self._removed(product, lambda image: bool(image["main"]))

    @route("DELETE", f"{PRODUCT}/gallery")
    def delete_gallery(self, request: Request, product: str) -> Response:  # noqa: ARG002
        return self._removed(product, lambda image: not image["main"])

    @route("DELETE", f"{PRODUCT}/gallery/{{image}}")
    def delete_one(self, request: Request, product: str, image: str) -> Response:  # noqa: ARG002
        return self._removed(product, lambda held: not held["main"] and str(held["id"]) == image)

    @route("PUT", f"{PRODUCT}/media")
    def put_media(self, request: Request, product: str) -> Response:
        """Replace every image."""
        body = checked(body_of(request, dict), MEDIA)
        found = self.shelves.product(product)
        wanted = [(True, body["mainMedia"])] if body.get("mainMedia") else []
        wanted += [(False, one) for one in body.get("galleryMedia") or []]
        sources = [(main, self._reachable(one.get("imageUrl") or ""), one.get("alt")) for main, one in wanted]
        with self.changing(found):
            found.images = []
            for main, source, alt in sources:
                self.add_image(found, {**source, "alt": alt}, main=main)
        return Response.json(200, {"updateCount": 1})

    @route("POST", f"{COMBINATION}/image")
    def post_variation(self, request: Request, product: str, combination: str) -> Response:
        return self._variation_image(product, combination, self._source(request))

    @route("POST", f"{COMBINATION}/image/async")
    def post_variation_later(self, request: Request, product: str, combination: str) -> Response:
        return self._variation_image(product, combination, self._later(request))

    @route("DELETE", f"{COMBINATION}/image")
    def delete_variation_image(self, request: Request, product: str, combination: str) -> Response:  # noqa: ARG002
        found, variation = self.shelves.combination(product, combination)
        had = variation.image is not None
        with self.changing(found):
            variation.image = None
        return Response.json(200, {"deleteCount": int(had)})

    def add_image(self, product: Product, source: Mapping[str, Any], main: bool) -> int:
        """Add an image to a product that is in ``changing``; a main one takes the place of the one before."""
        id_ = self.shelves.next_id("image")
        gallery = [image for image in product.images if not image["main"]]
        before = [image for image in product.images if image["main"]]
        order = 0 if main else max((image["orderBy"] for image in gallery), default=0) + 1
        image = {"id": id_, "main": main, "orderBy": order, "from": 0.0, **source}
        product.images = [image, *gallery] if main else [*before, *gallery, image]
        return id_

    def _uploaded(self, product: Product, source: Mapping[str, Any], main: bool) -> Response:
        with self.changing(product):
            id_ = self.add_image(product, source, main)
        return Response.json(200, {"id": id_})

    def _variation_image(self, product: str, combination: str, source: Mapping[str, Any]) -> Response:
        found, variation = self.shelves.combination(product, combination)
        with self.changing(found):
            variation.image = {"id": self.shelves.next_id("image"), **source}
        return Response.json(200, {"id": variation.image["id"]})

    def _removed(self, product: str, goes: Any) -> Response:
        found = self.shelves.product(product)
        kept = [image for image in found.images if not goes(image)]
        gone = len(found.images) - len(kept)
        if gone:
            with self.changing(found):
                found.images = kept
                if self.switches["gallery_follows_main"] and kept and not any(image["main"] for image in kept):
                    kept[0] |= {"main": True, "orderBy": 0}
        return Response.json(200, {"deleteCount": gone})

    def _source(self, request: Request) -> dict[str, Any]:
        """Where an image comes from: ``externalUrl``, else the body's bytes."""
        address = request.param("externalUrl")
        if address:
            return self._reachable(address)
        if not request.body:
            raise wrong("There is neither an image nor an externalUrl")
        if len(request.body) > LARGEST_IMAGE:
            raise Refusal("INCORRECT_IMAGE_SIZE", "An image has 20 MB at most")
        return {"source": ""}

    def _later(self, request: Request) -> dict[str, Any]:
        """An image the store fetches by itself, after a while."""
        body = checked(body_of(request, dict), LATER)
        if not body.get("url"):
            raise wrong("url is required")
        if body.get("width") is None or body.get("height") is None:
            raise wrong("width and height are required")
        more = {"alt": body.get("alt"), "external": body.get("externalId")}
        return {**self._reachable(body["url"]), **more, "from": self.unix() + self.lag("image_lag")}

    def _reachable(self, address: str) -> dict[str, Any]:
        parts = urlsplit(address)
        unreachable = self.switches["unreachable_images"]
        if parts.scheme != "https" or not parts.hostname or (isinstance(unreachable, list) and address in unreachable):
            raise Refusal("WRONG_URL", f"No image can be had from {address[:200]}")
        return {"source": address}
