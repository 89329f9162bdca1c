"""The store's profile, what changed last, and the histories of deleted items (fact sheet §1, §2)."""

from __future__ import annotations

from typing import Any

from pipelines.kit.sandbox import Request, Response, locked, route
from pipelines.platforms.ecwid.sandbox.answers import answer, flag, moment
from pipelines.platforms.ecwid.sandbox.base import API, StoreMachine
from pipelines.platforms.ecwid.sandbox.search import between

PAYMENT = {
    "id": "3459-1689150000000", "enabled": True, "checkoutTitle": "Card", "checkoutDescription": "",
    "paymentProcessorId": "lightspeedPayments", "paymentProcessorTitle": "Lightspeed Payments", "orderBy": 10,
}  # fmt: skip
TOGGLES = ("ALLOW_EMPTY_AND_NON_UNIQUE_SKU", "CONSECUTIVE_ORDER_IDS", "RANDOM_ORDER_IDS")
KINDS = ("products", "orders", "customers", "categories", "profile")


class ProfileRoutes(StoreMachine):
    """What a store says of itself."""

    @route("GET", f"{API}/profile")
    def get_profile(self, request: Request) -> Response:
        return answer(request, self.profile())

    @route("GET", f"{API}/latest-stats")
    def get_latest_stats(self, request: Request) -> Response:
        started = int(self.clock.now().replace(month=1, day=1, hour=0, minute=0, second=0).timestamp())
        told: dict[str, Any] = {f"{kind}Updated": moment(self.shelves.moved.get(kind, started)) for kind in KINDS}
        if flag(request, "productCountRequired"):
            told["productCount"] = len(self.shelves.products)
        if flag(request, "categoryCountRequired"):
            told["categoryCount"] = len(self.shelves.categories)
        return Response.json(200, told)

    @route("GET", f"{API}/products/deleted")
    def deleted_products(self, request: Request) -> Response:
        return self._deleted(request, "products")

    @route("GET", f"{API}/orders/deleted")
    def deleted_orders(self, request: Request) -> Response:
        return self._deleted(request, "orders")

    @route("GET", f"{API}/customers/deleted")
    def deleted_customers(self, request: Request) -> Response:
        return self._deleted(request, "customers")

    def _deleted(self, request: Request, kind: str) -> Response:
        """Rows of id and date; a row comes into the list after ``deleted_lag``."""
        known = self.unix() - self.lag("deleted_lag")
        keep = between(request, "from_date", "to_date", lambda row: int(row[1]), True)
        rows = [row for row in self.shelves.deleted[kind] if row[1] <= known and all(fits(row) for fits in keep)]
        return self.paged(request, rows, lambda row: {"id": row[0], "date": moment(row[1])})

    # --- facts ---------------------------------------------------------------------------------------------

    def profile(self) -> dict[str, Any]:
        """The profile, as far as a sync may want to know it."""
        toggles = self.facts.get("toggles", {})
        name = f"Store {self.store_id}"
        address = f"https://store{self.store_id}.company.example"
        said: dict[str, dict[str, Any]] = {
            "generalInfo": {"storeId": self.store_id, "storeUrl": address, "websitePlatform": "instantsite"},
            "account": {
                "accountName": "Sample Owner",
                "accountEmail": "owner@store.example",
                "suspended": self.suspended,
                "availableFeatures": ["COMBINATIONS", "INVENTORY_TRACKING"],
                "registrationDate": "2023-01-10 09:00:00 +0000",
            },
            "settings": {"closed": False, "storeName": name, "storeDescription": "",
                         "hideOutOfStockProductsInStorefront": False, "showAcceptMarketingCheckbox": True,
                         "acceptMarketingCheckboxDefaultValue": False},
            "company": {"companyName": name, "email": "owner@store.example", "street": "1 High Street",
                        "city": "Austin", "countryCode": "US", "postalCode": "78751", "stateOrProvinceCode": "TX",
                        "phone": "0000000000"},
            "formatsAndUnits": self.formats(),
            "languages": {"enabledLanguages": ["en"], "defaultLanguage": "en"},
            "shipping": {"handlingFee": {"value": 0}, "shippingOptions": []},
            "taxSettings": {"automaticTaxEnabled": False, "taxes": [], "pricesIncludeTax": False},
            "payment": {"paymentOptions": [dict(PAYMENT)]},
        }  # fmt: skip
        said = {section: {**usual, **self.facts.get(section, {})} for section, usual in said.items()}
        shown = [{"name": one, "visible": True, "enabled": bool(toggles.get(one))} for one in TOGGLES]
        return {**said, "zones": self.facts.get("zones", {}).get("zones", []), "featureToggles": shown}

    @locked
    def suspend(self, suspended: bool = True) -> None:
        """Suspend the store: every call is refused from then on, or no more."""
        self.suspended = suspended

    @locked
    def set_store(self, section: str, **facts: Any) -> None:
        """Change what the profile says in a section, e.g. ``set_store("formatsAndUnits", weightUnit="GRAM")``;
        ``toggles`` are the feature toggles by name."""
        self.facts.setdefault(section, {}).update(facts)
        self.shelves.moved["profile"] = int(self.unix())
        for product in self.shelves.products.values():
            product.piece = None
