"""What a form asks for, and what it hands over once all of it can be read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from metric_tui.base.errors import QuestionError
from metric_tui.loading.document import Document

Found = TypeVar("Found")

Typed = Mapping[str, str]
"""What stands in each field, by its name, without blanks around."""

Change = Callable[[Document], str]
"""The new text of a tree file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One line of a form."""

    name: str
    start: str = ""
    hint: str = ""
    """One sentence, shown while the field has the focus."""

    choices: tuple[str, ...] = ()
    """The words it can take; any text without."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A form: its fields, and the reader of what was typed."""

    title: str
    fields: tuple[Field, ...]
    read: Callable[[Typed], Change]
    """Raises FieldFault, or QuestionError where no field is to blame."""

    done: str
    """What is said once the file holds it."""


class FieldFault(QuestionError):
    """What is typed in a field cannot be used.

    Attributes:
        field: the field's name.
    """

    def __init__(self, field: str, error: QuestionError) -> None:
        super().__init__(error.message, hint=error.hint)
        self.field = field


def field_of(name: str, read: Callable[[], Found]) -> Found:
    """What is read from a field.

    Raises:
        FieldFault: it cannot be read.
    """
    try:
        return read()
    except QuestionError as error:
        raise FieldFault(name, error) from error
