"""Routes of sales: the feed, one sale, making, changing, returning (fact sheet §8)."""

from __future__ import annotations

from typing import Any

from pipelines.kit.sandbox import Request, Response, route, to_json
from pipelines.platforms.lightspeed_x.sandbox import receipts
from pipelines.platforms.lightspeed_x.sandbox.base import API, Base
from pipelines.platforms.lightspeed_x.sandbox.records import Sale
from pipelines.platforms.lightspeed_x.sandbox.refusal import Refusal, body_of, missing
from pipelines.platforms.lightspeed_x.sandbox.sale_bodies import check_sale
from pipelines.platforms.lightspeed_x.sandbox.selling import edit_sale, make_sale, open_return


class SaleRoutes(Base):
    """Register sales. A client may choose the id; what a second POST with it does is a switch."""

    def shown_sale(self, sale: Sale) -> dict[str, Any]:
        """A sale as the API shows it."""
        return receipts.sale(self.till, sale)

    def _sale(self, key: str) -> Sale:
        sale = self.till.books.sales.items.get(key.lower())
        if sale is None:
            raise missing("Sale", key)
        return sale

    def _answered(self, sale: Sale) -> Response:
        return Response.json(200, {"data": self.shown_sale(sale)})

    @route("GET", f"{API}/sales")
    def list_sales(self, request: Request) -> Response:
        """Ascending by version, voided and parked ones too; no other filter (fact sheet §3.2)."""
        return self.page(self.till.books.sales, self.window(request), lambda sale: to_json(self.shown_sale(sale)))

    @route("GET", f"{API}/sales/{{key}}")
    def get_sale(self, _request: Request, key: str) -> Response:
        return self._answered(self._sale(key))

    @route("POST", f"{API}/sales")
    def create_sale(self, request: Request) -> Response:
        """Also updates, as 0.9 does, when the id is known and ``repeated_sale_id`` says ``update``."""
        body = body_of(request)
        key = str(body.get("id", "")).lower()
        known = self.till.books.sales.items.get(key)
        if known is None:
            check_sale(self.till, body)
            return self._answered(make_sale(self.till, body, key or self.new_id()))
        check_sale(self.till, body, known)
        return self._repeated(known, body)

    def _repeated(self, sale: Sale, body: dict[str, Any]) -> Response:
        how = self.switches["repeated_sale_id"]
        if how == "conflict":
            raise Refusal(409, f"there is a sale {sale.id} already")
        if how == "duplicate":
            return self._answered(make_sale(self.till, body, self.new_id()))
        if how == "update":
            edit_sale(self.till, sale, body)
        return self._answered(sale)

    @route("PUT", f"{API}/sales/{{key}}")
    def update_sale(self, request: Request, key: str) -> Response:
        sale = self._sale(key)
        body = body_of(request)
        check_sale(self.till, body, sale)
        edit_sale(self.till, sale, body)
        return self._answered(sale)

    @route("POST", f"{API}/sales/{{key}}/actions/return")
    def return_sale(self, _request: Request, key: str) -> Response:
        """In the shape of the schema; the vendor's example shows the old flat one (cases: vendor_slips)."""
        author = next(iter(self.till.users.items))
        return self._answered(open_return(self.till, self._sale(key), author))
