"""What everything is called in Dagster: asset keys, groups, steps, checks, tags (`design.md` §3). No behaviour."""

from dagster import AssetKey

DESIRED = ("products", "variants", "images", "stock")
LINKS = ("products_link", "variants_link")
ORDERS = ("orders", "order_lines", "order_payments", "order_refunds")
ORDERS_LINK = "orders_link"
THREE_WAY = "stock_three_way"

_STAGES = ("extract", "harmonize", "link", "map", "plan", "validate", "write")

FULL = "tillsync/full"
ONLY = "tillsync/only"
YES = "tillsync/yes"
PLAN_ONLY = "tillsync/plan_only"
UNDO = "tillsync/undo"
RETRY = "tillsync/retry"
CONNECTIONS = "tillsync/connections"
ALL = "all_connections"

LOCATION = "tillsync"
"""The code location, as `pyproject.toml` and `workspace.yaml` name it."""

REPOSITORY = ".dagster/repository"
"""The tag by which a job's page finds its runs; Dagster sets it on runs it launches itself."""


def raw(platform: str, resource: str) -> AssetKey:
    """A platform's records as they came."""
    return AssetKey([platform, "raw", f"{platform}_{resource}_raw"])


def canonical(platform: str, entity: str) -> AssetKey:
    """A platform's records in the common vocabulary."""
    return AssetKey([platform, "canonical", f"{platform}_{entity}"])


def link(connection: str, table: str) -> AssetKey:
    """``products_link``, ``variants_link`` or ``orders_link``."""
    return AssetKey([connection, "link", table])


def desired(connection: str, entity: str) -> AssetKey:
    """What the store's records should say; of orders, what they are at the till."""
    return AssetKey([connection, "map", f"{entity}_desired"])


def three_way(connection: str) -> AssetKey:
    """Stock at the till, as last agreed and in the store."""
    return AssetKey([connection, "plan", THREE_WAY])


def plan(connection: str) -> AssetKey:
    """What would be written."""
    return AssetKey([connection, "plan", "plan"])


def verdict(connection: str) -> AssetKey:
    """The judgement of the plan."""
    return AssetKey([connection, "validate", "verdict"])


def receipts(connection: str) -> AssetKey:
    """What came of every planned row."""
    return AssetKey([connection, "write", "receipts"])


def group(owner: str, stage: str) -> str:
    """A platform's or connection's group, and in it the stage's: numbered, so that lists stand in the flow's order."""
    return f"{owner}/{_STAGES.index(stage) + 1}_{stage}"


def step(owner: str, stage: str) -> str:
    """The name of the one step that does a stage for a platform or a connection."""
    return f"{owner}__{stage}"


def check(suite: str, expectation: str) -> str:
    """The name of an expectation's check on the verdict."""
    return f"{suite}__{expectation}"
