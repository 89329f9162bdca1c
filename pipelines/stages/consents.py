"""What people said in the store to being written to about offers, and what the till is told of it (I-36).

A customer that is new at the till gets the word of the store with them: a no where any of their orders or their account
says so, else a yes, else nothing. After that no yes is ever carried; a no is, once, whatever ``customer_update`` says:
a consent that was withdrawn is not kept because a run had taken it to the till. It goes to whoever is known at the till
by the account or an e-mail it was given under, and to whoever else has that e-mail there. What the till's own staff
note later stands until the store has another no.
"""

from __future__ import annotations

from pathlib import Path

from pipelines.language.mapping import PEOPLE
from pipelines.run import Connection, Run

_SQL = Path(__file__).parent / "sql"
FIELD = "accepts_marketing"
_WORDS = """
SELECT customer, bool_and(accepts) AS accepts,
       coalesce(bool_or(NOT accepts AND NOT told), false)
       AND (NOT starts_with(customer, 'created:') OR customer IN (SELECT customer FROM consent_emails)) AS due
FROM consents GROUP BY customer ORDER BY customer
"""
_EMAILS = "SELECT email FROM consent_emails WHERE customer = ? ORDER BY email"
_TELL = """
INSERT INTO sync.consents_told
SELECT $connection, $customer, said, $run_id FROM consents WHERE NOT accepts AND NOT told AND customer = $known
"""


def carried(connection: Connection) -> bool:
    """Whether the word on offers goes to the till on this connection."""
    row = connection.mapping.fields(PEOPLE).get(FIELD)
    return connection.compiled.settings.customer_sync and row is not None and connection.compiled.on(row)


class Words:
    """The word of each person, by the till's customer or ``created:<key>``."""

    def __init__(self, run: Run, connection: Connection) -> None:
        self.found: dict[str, tuple[bool, bool]] = {}
        if carried(connection):
            run.warehouse.run(_SQL / "consents.sql", connection=connection.name)
            self.found = {row["customer"]: (row["accepts"], row["due"]) for row in run.warehouse.query(_WORDS)}

    def of(self, customer: str) -> bool | None:
        """What they said; None: nothing."""
        return self.found[customer][0] if customer in self.found else None

    def refused(self) -> list[str]:
        """Customers the till has, or may have, whose no it was not told of."""
        return [one for one, (_, due) in self.found.items() if due]


def emails(run: Run, customer: str) -> list[str]:
    """The e-mails under which a customer of the till who has a no ordered in the store, in small letters."""
    return [row["email"] for row in run.warehouse.query(_EMAILS, [customer])]


def told(run: Run, connection: Connection, known: str, customer: str) -> None:
    """Note that the till has this customer's no; ``known``: what the plan called them."""
    values = {"connection": connection.name, "customer": customer, "known": known, "run_id": run.run_id}
    run.warehouse.con.execute(_TELL, values)
