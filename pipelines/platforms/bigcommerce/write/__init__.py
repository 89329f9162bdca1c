"""How plan rows are sent to this store: one writer per level and action, with the documented maximum per call.

Order, verdict and receipts are the write stage's business; here are only bodies, calls and answers.
"""

from __future__ import annotations

from pipelines.kit.platform import Writer
from pipelines.platforms.bigcommerce.write.images import change_images
from pipelines.platforms.bigcommerce.write.new_variants import create_variants
from pipelines.platforms.bigcommerce.write.products import create_products, delete_products
from pipelines.platforms.bigcommerce.write.stock import read_levels, set_levels
from pipelines.platforms.bigcommerce.write.updates import update_products
from pipelines.platforms.bigcommerce.write.variants import delete_variants, update_variants

__all__ = ["WRITERS", "read_levels"]

WRITERS = {
    ("product", "create"): Writer(create_products, 1),
    ("product", "update"): Writer(update_products, 10),
    ("product", "hide"): Writer(update_products, 10),
    ("product", "publish"): Writer(update_products, 10),
    ("product", "delete"): Writer(delete_products, 250),
    ("variant", "update"): Writer(update_variants, 50),
    ("variant", "create"): Writer(create_variants, 50),
    ("variant", "delete"): Writer(delete_variants, 1),
    ("images", "update"): Writer(change_images, 1),
    ("stock", "set"): Writer(set_levels, 2000),
}
