"""Files of rows, read as they come: plain or gzipped, by name or from standard input."""

import gzip
import io
import shutil
import sys
import tempfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from metric_tui.ingest.importing.batches import Batch, LineFault
from metric_tui.ingest.importing.delimited import delimited_batches
from metric_tui.ingest.importing.faults import ImportFault
from metric_tui.ingest.importing.json_rows import json_batches
from metric_tui.ingest.importing.parquet import parquet_batches

STANDARD_INPUT = "-"

_GZIP, _PARQUET = b"\x1f\x8b", b"PAR1"
_OTHERS = {
    b"SQLite format 3\0": ("a SQLite database", "name it as the `store:` of a tree"),
    b"PK\x03\x04": ("a zip file or a spreadsheet", "save it as CSV"),
    b"BZh": ("packed by bzip2", "unpack it, or pipe it in by `-`"),
    b"\xfd7zXZ": ("packed by xz", "unpack it, or pipe it in by `-`"),
    b"\x28\xb5\x2f\xfd": ("packed by zstandard", "unpack it, or pipe it in by `-`"),
    _PARQUET: ("a Parquet file within another", "unpack it"),
}
"""By what they begin with, files that are known but not read."""

_LONGEST_MAGIC = max(map(len, _OTHERS))
_JSON = "{["


@dataclass(slots=True)
class RowFile:
    """A file that can be read as often as is needed."""

    name: str
    """As it was given."""

    path: Path
    encoding: str = "utf-8"
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
                begin = raw.peek(len(_PARQUET))
                if begin.startswith(_PARQUET):
                    yield from parquet_batches(self.path, self.name)
                    return
                stream = gzip.GzipFile(fileobj=raw) if begin.startswith(_GZIP) else raw
                self._check(stream.peek(_LONGEST_MAGIC))
                # a byte order mark is no part of the first name
                encoding = (
                    "utf-8-sig" if self.encoding.lower() in ("utf-8", "utf8") else self.encoding
                )
                with io.TextIOWrapper(stream, encoding=encoding, newline="") as text:
                    for batch in _text_batches(text):
                        self.done = raw.tell()
                        yield batch
        except LineFault as fault:
            raise self.fault(fault.line, fault.message, fault.hint) from fault
        except UnicodeError as error:
            raise ImportFault(
                f"`{self.name}` is not {self.encoding} text", hint="name its `--encoding`"
            ) from error
        except (OSError, EOFError, zlib.error) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise ImportFault(f"`{self.name}` cannot be read ({reason})") from error

    def _check(self, begin: bytes) -> None:
        for magic, (what, hint) in _OTHERS.items():
            if begin.startswith(magic):
                raise ImportFault(f"`{self.name}` is {what}", hint=hint)

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


def _text_batches(text: io.TextIOWrapper) -> Iterator[Batch]:
    """Of text that is JSON if it begins so, and else delimited."""
    begin = ""
    while not begin.strip():
        line = text.readline()
        if not line:
            return
        begin += line
    read = json_batches if begin.lstrip()[0] in _JSON else delimited_batches
    yield from read(begin, text)


@contextmanager
def row_files(names: Sequence[str], encoding: str = "utf-8") -> Iterator[list[RowFile]]:
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
            _row_file(name, Path(folder) / str(place), encoding) for place, name in enumerate(names)
        ]


def _row_file(name: str, copy: Path, encoding: str) -> RowFile:
    path = Path(name)
    if name == STANDARD_INPUT:
        with copy.open("wb") as copied:
            shutil.copyfileobj(sys.stdin.buffer, copied)
        return RowFile("standard input", copy, encoding)
    if path.is_dir():
        raise ImportFault(f"`{name}` is a directory", hint="name the files in it")
    if not path.exists():
        raise ImportFault(f"there is no file `{name}`")
    if not path.is_file():
        # a pipe
        with path.open("rb") as piped, copy.open("wb") as copied:
            shutil.copyfileobj(piped, copied)
        return RowFile(name, copy, encoding)
    return RowFile(name, path, encoding)
