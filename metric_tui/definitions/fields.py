"""How a definition's fields are written in YAML, where that differs from the field's own name.

The reader (`loading.reader`) and the JSON Schema are made from the annotations of the definition
classes; these markers carry what an annotation cannot say.
"""

from collections.abc import Callable
from dataclasses import field
from typing import Any

KEY = "key"
ALSO = "also"
HELP = "help"
SHORTHAND = "shorthand"
HIDDEN = "hidden"

_MISSING: Any = object()


def yaml_field(
    help: str,  # noqa: A002  the word a user of the reference looks for
    *,
    key: str | None = None,
    also: tuple[str, ...] = (),
    shorthand: bool = False,
    default: Any = _MISSING,
    default_factory: Callable[[], Any] | None = None,
) -> Any:
    """A dataclass field with its one-line description for the reference and the schema.

    Args:
        help: what the key says, one line, no full stop.
        key: its name in YAML where Python cannot use that word (`from`, `return`).
        also: other spellings that are read as this key.
        shorthand: a plain value written instead of the mapping fills this field.
        default: value when the key is absent; without one the key is required.
        default_factory: makes the value when the key is absent.
    """
    metadata = {HELP: help, KEY: key, ALSO: also, SHORTHAND: shorthand}
    if default_factory is not None:
        return field(default_factory=default_factory, metadata=metadata)
    if default is _MISSING:
        return field(metadata=metadata)
    return field(default=default, metadata=metadata)


def given_by_place(default: Any = "") -> Any:
    """A field that no key fills: the reader takes it from where the mapping stands."""
    return field(default=default, metadata={HIDDEN: True})
