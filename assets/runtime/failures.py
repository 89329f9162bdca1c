"""Errors as Dagster shows them: what, where, what to do, without a traceback of ours. Nothing is decided here."""

from collections.abc import Iterator
from contextlib import contextmanager
from traceback import format_exception

import dagster as dg

from assets.runtime.outside import current
from pipelines.kit.errors import TillsyncError
from pipelines.kit.redaction import redact


@contextmanager
def explained() -> Iterator[None]:
    """Turn a TillsyncError of a step into a Failure; keep what was raised for whoever started the run."""
    try:
        yield
    except TillsyncError as error:
        current().errors.append(error)
        problems = {
            f"problem {number}": dg.MetadataValue.json(problem.as_dict())
            for number, problem in enumerate(error.problems, 1)
        }
        raise dg.Failure(str(error), metadata=problems, allow_retries=False) from error
    except Exception as error:
        current().errors.append(error)
        said = "".join(format_exception(error))
        if redact(said) != said:  # a library's own error may quote what it was given
            raise dg.Failure(f"{type(error).__name__}: {redact(str(error))}", allow_retries=False) from None
        raise
