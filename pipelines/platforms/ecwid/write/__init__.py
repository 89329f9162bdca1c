"""How plan rows are sent to this store: one writer per level and action, with how many may go in one batch.

Order, verdict and receipts are the write stage's business; here are only bodies, calls and answers.
"""

from __future__ import annotations

from pipelines.kit.platform import Writer
from pipelines.platforms.ecwid.batch import LARGEST
from pipelines.platforms.ecwid.write.images import change_images
from pipelines.platforms.ecwid.write.new_variants import create_variants
from pipelines.platforms.ecwid.write.products import create_products, delete_products
from pipelines.platforms.ecwid.write.stock import read_levels, set_levels
from pipelines.platforms.ecwid.write.updates import update_products
from pipelines.platforms.ecwid.write.variants import delete_variants, update_variants

__all__ = ["WRITERS", "read_levels"]

WRITERS = {
    ("product", "create"): Writer(create_products, 1),
    ("product", "update"): Writer(update_products, LARGEST),
    ("product", "hide"): Writer(update_products, LARGEST),
    ("product", "publish"): Writer(update_products, LARGEST),
    ("product", "delete"): Writer(delete_products, LARGEST),
    ("variant", "update"): Writer(update_variants, LARGEST),
    ("variant", "create"): Writer(create_variants, 50),
    ("variant", "delete"): Writer(delete_variants, LARGEST),
    ("images", "update"): Writer(change_images, 1),
    ("stock", "set"): Writer(set_levels, LARGEST),
}
