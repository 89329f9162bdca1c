"""The resources of the code location by the name steps ask for them."""

from assets.runtime.engine import Engine


def resources(engine: Engine | None = None) -> dict[str, Engine]:
    """``engine``: the merchant's open run."""
    return {"engine": engine or Engine()}
