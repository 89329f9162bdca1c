"""The one place that makes asset keys, groups and table names (`design.md` §3). A snapshot test holds them.

The graph shows only a key's last part, so that part says everything; it is also the table's name.
"""

import dagster as dg


def raw(platform: str, resource: str) -> dg.AssetKey:
    """``[platform, raw, platform_resource_raw]``."""
    return dg.AssetKey([platform, "raw", f"{platform}_{resource}_raw"])


def canonical(platform: str, entity: str) -> dg.AssetKey:
    """``[platform, canonical, platform_entity]``."""
    return dg.AssetKey([platform, "canonical", f"{platform}_{entity}"])


def of_connection(connection: str, stage: str, table: str) -> dg.AssetKey:
    """``[connection, stage, table]``."""
    return dg.AssetKey([connection, stage, table])


LINKS = ("products_link", "variants_link")
DESIRED = ("products_desired", "variants_desired", "images_desired", "stock_desired")
