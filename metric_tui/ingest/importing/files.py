"""Files of rows, read as they come: plain or packed, by name or from standard input."""

import codecs
import io
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from metric_tui.ingest.importing.batches import Batch, LineFault
from metric_tui.ingest.importing.delimited import delimited_batches
from metric_tui.ingest.importing.faults import ImportFault
from metric_tui.ingest.importing.json_rows import json_batches
from metric_tui.ingest.importing.packing import FAULTS, PARQUET, beginning, unpacked
from metric_tui.ingest.importing.parquet import parquet_batches

STANDARD_INPUT = "-"

_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
    codecs.BOM_UTF8: "utf-8-sig",
}
"""By the byte order mark that text begins with, its encoding; the longer marks first."""

_JSON = "{["


@dataclass(slots=True)
class RowFile:
    """A file that can be read as often as is needed."""

    name: str
    """As it was given."""

    path: Path
    encoding: str = "utf-8"
    separator: str | None = None
    """What separates the values of delimited text; None to find it."""

    done: int = field(default=0, init=False)
    """Bytes read so far."""

    _state: tuple[int, int] = field(init=False)

    def __post_init__(self) -> None:
        self._state = _state(self.path)

    @property
    def size(self) -> int:
        """Bytes."""
        return self.path.stat().st_size

    def batches(self) -> Iterator[Batch]:
        """Its rows, in order.

        Raises:
            ImportFault: it cannot be read; the message says where.
        """
        try:
            with self.path.open("rb") as raw:
                if raw.peek(len(PARQUET)).startswith(PARQUET):
                    yield from parquet_batches(self.path, self.name)
                    return
                stream = unpacked(raw, self.name)
                with io.TextIOWrapper(stream, self._encoding(stream), newline="") as text:
                    for batch in _text_batches(text, self.separator):
                        # what is packed may be closed by its last row
                        self.done = self.size if raw.closed else raw.tell()
                        yield batch
        except LineFault as fault:
            raise self.fault(fault.line, fault.message, fault.hint) from fault
        except UnicodeError as error:
            raise ImportFault(
                f"`{self.name}` is not {self.encoding} text", hint="name its `--encoding`"
            ) from error
        except FAULTS as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise ImportFault(f"`{self.name}` cannot be read ({reason})") from error

    def _encoding(self, stream: io.BufferedReader) -> str:
        """As it was named, unless the text begins with a mark of another: none is part of a name."""
        if self.encoding.lower() not in ("utf-8", "utf8"):
            return self.encoding
        begin = beginning(stream)
        for mark, encoding in _MARKS.items():
            if begin.startswith(mark):
                return encoding
        for encoding, every_other in (("utf-16-le", begin[1::2]), ("utf-16-be", begin[::2])):
            if every_other and not any(every_other):
                raise ImportFault(
                    f"`{self.name}` is not {self.encoding} text: every other byte is zero",
                    hint=f"it looks like --encoding {encoding}",
                )
        return "utf-8"

    def check_unchanged(self) -> None:
        """Make sure that it is what it was when it was first looked at.

        Raises:
            ImportFault: somebody has written to it since.
        """
        if self.path.is_file() and _state(self.path) == self._state:
            return
        raise ImportFault(
            f"`{self.name}` was changed while it was read", hint="import it once it is whole"
        )

    def fault(self, line: int, message: str, hint: str | None = None) -> ImportFault:
        """What is wrong with a line."""
        return ImportFault(f"{self.name}:{line}: {message}", hint=hint)


def _state(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_size, found.st_mtime_ns


def _text_batches(text: io.TextIOWrapper, separator: str | None) -> Iterator[Batch]:
    """Of text that is JSON if it begins so, and else delimited."""
    begin = ""
    while not begin.strip():
        line = text.readline()
        if not line:
            return
        begin += line
    if begin.lstrip()[0] in _JSON and separator is None:
        yield from json_batches(begin, text)
    else:
        yield from delimited_batches(begin, text, separator)


@contextmanager
def row_files(
    names: Sequence[str], encoding: str = "utf-8", separator: str | None = None
) -> Iterator[list[RowFile]]:
    """Files by name; `-` is standard input. What can be read only once is copied first.

    Raises:
        ImportFault: a file is not there, or no encoding is so named.
    """
    try:
        io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    except LookupError as error:
        raise ImportFault(f"no encoding is named `{encoding}`") from error
    with tempfile.TemporaryDirectory(prefix="metric-tui-") as folder:
        yield [
            _row_file(name, Path(folder) / str(place), encoding, separator)
            for place, name in enumerate(names)
        ]


def _row_file(name: str, copy: Path, encoding: str, separator: str | None) -> RowFile:
    path = Path(name)
    if name == STANDARD_INPUT:
        with copy.open("wb") as copied:
            shutil.copyfileobj(sys.stdin.buffer, copied)
        return RowFile("standard input", copy, encoding, separator)
    if path.is_dir():
        raise ImportFault(f"`{name}` is a directory", hint="name the files in it")
    if not path.exists():
        raise ImportFault(f"there is no file `{name}`")
    if not path.is_file():
        # a pipe
        with path.open("rb") as piped, copy.open("wb") as copied:
            shutil.copyfileobj(piped, copied)
        return RowFile(name, copy, encoding, separator)
    return RowFile(name, path, encoding, separator)
