"""What a connection's YAML says of orders: which status becomes what at the till, and how payments are called there.

A status is named by the store's own key of it, never by its label, which a merchant may reword (S001-53).
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from pipelines.language.canonical import Strict

RuleId = Annotated[str, Field(pattern=r"^(S\d{3}-\d{2}|[CX]-\d{2})$")]


class Status(Strict):
    """One status of the store, and what an order in it is at the till."""

    name: str = Field(description="the status in the platform's words")
    becomes: Literal["not_imported", "closed", "voided"] = Field(description="what the order is at the till")
    paid: bool = Field(True, description="whether the shop takes an order in this status for paid")
    commits: bool = Field(True, description="whether its units are taken though the till does not know of them")
    open: bool = Field(True, description="whether its goods are still in the shop")
    way: Literal["delivery", "pickup"] = Field(
        "delivery", description="how its goods leave, where orders stand among the till's fulfilments"
    )
    refunded: bool = Field(False, description="whether money went back: a sale that was voided is not made again")
    notice: bool = Field(False, description="whether a person is told of it")
    rules: list[RuleId] = Field(default_factory=list, description="the product rules this row follows")


class OrderRules(Strict):
    """The crosswalks of orders."""

    statuses: Annotated[dict[str, Status], Field(min_length=1)] = Field(
        description="the store's status by its key, * for any part of it: what an order in it becomes"
    )
    payments: dict[str, str] = Field(
        default_factory=dict,
        description="how it is paid in the store: the till's payment type; others: Online, else Other",
    )
    helpers: dict[str, str] = Field(
        default_factory=dict, description="what is charged beside products, as the till is to call it"
    )


HELPERS = {
    "shipping": "Shipping",
    "handling": "Handling",
    "wrapping": "Wrapping",
    "fee": "Fee",
    "gift_certificate": "Gift certificate",
    "rounding": "Rounding",
    "refund": "Refund",
    "placeholder": "Online item",
}
"""What a sale may hold beside products: one untracked product each, made on first use (S001-27 to S001-30)."""
