"""A value that never shows itself. Where secrets come from is the merchants file's business."""

from __future__ import annotations

from pipelines.kit import redaction


class Secret:
    """A token; ``repr``, ``str`` and formatting give ``***`` (I-35). ``name`` is the variable it came from.

    What is told, logged or stored elsewhere loses it from here on (``kit.redaction``).
    """

    __slots__ = ("_value", "name")

    def __init__(self, value: str, name: str) -> None:
        self._value = value
        self.name = name
        redaction.know(value)

    def reveal(self) -> str:
        """The value itself, for the one header it belongs in."""
        return self._value

    def __repr__(self) -> str:
        return "***"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return "***"

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError(f"the secret {self.name} is never stored")

    def __bool__(self) -> bool:
        return bool(self._value)
