"""Something the data say against a tree file."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class DataFinding:
    """Something the data say against the file."""

    code: str
    message: str
    hint: str | None = None
    metric: str | None = None
    source: str | None = None
    is_information: bool = False
    """Whether it is good to know, and nothing to mend."""

    together: str | None = None
    """The message where the same is said of several metrics, with `{}` where they are listed."""
