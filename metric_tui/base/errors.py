"""The exceptions a user's mistake or a store's fault can raise; anything else is a bug.

MetricTuiError
├── DefinitionError   the tree file is wrong; holds its problems (exit 2)
├── QuestionError     the question cannot be answered (exit 1)
├── StoreError        the store cannot be read (exit 3)
│   └── TimeLimitMet   one statement took longer than `--timeout` allows (exit 1)
├── Cancelled         the user stopped the query (exit 130)
└── EditConflict      the file changed on disk since it was read

UnreadableText          a formula or fragment; loading makes a problem of it
"""

from metric_tui.base.problems import Problem


class MetricTuiError(Exception):
    """A fault whose message is meant for the user.

    Attributes:
        message: one sentence, no full stop.
        hint: what to do about it, or None.
    """

    exit_code = 1

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class DefinitionError(MetricTuiError):
    """The tree file cannot be used at all; `problems` says why, in file order."""

    exit_code = 2

    def __init__(
        self, message: str, *, problems: tuple[Problem, ...] = (), hint: str | None = None
    ) -> None:
        super().__init__(message, hint=hint)
        self.problems = problems


class QuestionError(MetricTuiError):
    """The question names what does not exist or asks what cannot be computed."""

    exit_code = 1


class StoreError(MetricTuiError):
    """The store is missing, locked, no database, or lacks what the tree names."""

    exit_code = 3


class TimeLimitMet(StoreError):
    """A statement to the store took longer than it may."""

    exit_code = 1


class Cancelled(MetricTuiError):
    """The user stopped the query."""

    exit_code = 130


class EditConflict(MetricTuiError):
    """The file on disk is no longer the one that was edited."""

    exit_code = 1


class UnreadableText(ValueError):
    """A formula or fragment that cannot be read, before its place in a file is known.

    Attributes:
        message: one sentence, no full stop.
        start: offset of the first character of the place in the text.
        end: offset after its last character.
        hint: what to do about it, or None.
    """

    def __init__(self, message: str, start: int, end: int, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.start = start
        self.end = end
        self.hint = hint
