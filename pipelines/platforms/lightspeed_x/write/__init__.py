"""How plan rows are sent to this till: one writer per level and action, one row a call.

Which documents an order needs, in which order, and when one may have arrived is the stages' business; here are only
bodies, calls and answers.
"""

from __future__ import annotations

from collections.abc import Mapping

from pipelines.kit.platform import Action, Level, Writer
from pipelines.platforms.lightspeed_x.write.adjustments import adjust_stock, adopt_level
from pipelines.platforms.lightspeed_x.write.changes import add_payments, close_sale
from pipelines.platforms.lightspeed_x.write.customers import change_customer, create_customer
from pipelines.platforms.lightspeed_x.write.items import create_item
from pipelines.platforms.lightspeed_x.write.sales import create_sale, find_sale
from pipelines.platforms.lightspeed_x.write.sending import each
from pipelines.platforms.lightspeed_x.write.voiding import void_sale

__all__ = ["WRITERS"]

WRITERS: Mapping[tuple[Level, Action], Writer] = {
    ("customer", "create"): Writer(each(create_customer)),
    ("customer", "update"): Writer(each(change_customer)),
    ("item", "create"): Writer(each(create_item)),
    ("sale", "find"): Writer(each(find_sale)),
    ("sale", "create"): Writer(each(create_sale)),
    ("sale", "update"): Writer(each(close_sale)),
    ("sale", "pay"): Writer(each(add_payments)),
    ("sale", "void"): Writer(each(void_sale)),
    ("stock", "adopt"): Writer(each(adopt_level)),
    ("stock", "set"): Writer(each(adjust_stock)),
}
