"""The sandbox store as one machine: every group of operations, the merchant's hands, the seeding."""

from __future__ import annotations

from pipelines.kit.sandbox import Clock, Faults
from pipelines.platforms.bigcommerce.sandbox.account_routes import AccountRoutes
from pipelines.platforms.bigcommerce.sandbox.orders.customers import CustomerRoutes
from pipelines.platforms.bigcommerce.sandbox.orders.payment_routes import PaymentRoutes
from pipelines.platforms.bigcommerce.sandbox.orders.routes import OrderRoutes
from pipelines.platforms.bigcommerce.sandbox.orders.shoppers import Shoppers
from pipelines.platforms.bigcommerce.sandbox.part_routes import PartRoutes
from pipelines.platforms.bigcommerce.sandbox.product_routes import ProductRoutes
from pipelines.platforms.bigcommerce.sandbox.seeding import Seeding
from pipelines.platforms.bigcommerce.sandbox.stock_routes import StockRoutes
from pipelines.platforms.bigcommerce.sandbox.variant_routes import VariantRoutes


class _Catalogue(Seeding, ProductRoutes, VariantRoutes, PartRoutes, StockRoutes):
    """Products and stock."""


class _Orders(OrderRoutes, Shoppers, PaymentRoutes, CustomerRoutes):
    """Orders, payments and customers."""


class BigCommerceSandbox(_Catalogue, _Orders, AccountRoutes):
    """A BigCommerce store; see the README beside this module for what it does and where each fact is from."""


def create(
    seed: int = 0, clock: Clock | None = None, token: str | None = None, faults: Faults | None = None
) -> BigCommerceSandbox:
    """An empty store. Any token is taken unless ``token`` says which."""
    return BigCommerceSandbox(seed, clock, token, faults)
