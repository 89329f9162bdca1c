"""Documents: what the journal tells of the sales of a connection, made to be asked often.

``sync.sale_documents`` puts it together from the journal's tables each time it is named; what came of a run's documents
changes it.
"""

from __future__ import annotations

from pathlib import Path

from pipelines.run import Connection, Run

_SQL = Path(__file__).parent / "sql"
_STANDS = "sale documents"
_ANY = "SELECT EXISTS (FROM sync.intents WHERE connection = ? AND level = 'sale' AND action IN ('create', 'find'))"


def documents(run: Run, connection: Connection) -> bool:
    """``sale_documents``: the rows of ``sync.sale_documents`` of this connection; False where there are none.

    Once for every state of the journal.
    """
    stands = connection.name, journal_state(run)
    known: tuple[object, bool] | None = run.notes.get(_STANDS)
    if known is None or known[0] != stands:
        some = bool(run.warehouse.one(_ANY, [connection.name]))
        file = "order_documents.sql" if some else "order_documents_none.sql"
        run.warehouse.run(_SQL / file, connection=connection.name)
        known = run.notes[_STANDS] = stands, some
    return known[1]


def journal_state(run: Run) -> tuple[int, int]:
    """Differs once the journal, or what the warehouse has of it, is another."""
    return run.journal.last, len(run.journal.unread)
