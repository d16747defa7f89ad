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
    b"PK\x03\x04": "zip",
    b"BZh": "bzip2",
    b"\xfd7zX": "xz",
    b"\x28\xb5\x2f\xfd": "zstandard",
}
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
                start = raw.read(4)
                raw.seek(0)
                for magic, what in _OTHERS.items():
                    if start.startswith(magic):
                        raise ImportFault(
                            f"`{self.name}` is a {what} file",
                            hint="unpack it, or pipe it in by `-`",
                        )
                if start == _PARQUET:
                    for batch in parquet_batches(self.path, self.name):
                        yield batch
                    return
                stream = gzip.GzipFile(fileobj=raw) if start[:2] == _GZIP else raw
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
        except UnicodeDecodeError as error:
            raise ImportFault(
                f"`{self.name}` is not {self.encoding} text", hint="name its `--encoding`"
            ) from error
        except (OSError, EOFError, zlib.error) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise ImportFault(f"`{self.name}` cannot be read ({reason})") from error
        except LookupError as error:
            raise ImportFault(f"no encoding is named `{self.encoding}`") from error

    def fault(self, line: int, message: str, hint: str | None = None) -> ImportFault:
        """What is wrong with a line."""
        return ImportFault(f"{self.name}:{line}: {message}", hint=hint)


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
    """Files by name; standard input, which is `-`, is copied to be read twice.

    Raises:
        ImportFault: a file is not there, or standard input is named twice.
    """
    if list(names).count(STANDARD_INPUT) > 1:
        raise ImportFault("standard input can be read only once")
    with tempfile.TemporaryDirectory(prefix="metric-tui-") as folder:
        found = []
        for name in names:
            path, shown = Path(name), name
            if name == STANDARD_INPUT:
                path, shown = Path(folder) / "input", "standard input"
                with path.open("wb") as copied:
                    shutil.copyfileobj(sys.stdin.buffer, copied)
            elif not path.is_file():
                raise ImportFault(f"there is no file `{name}`")
            found.append(RowFile(shown, path, encoding))
        yield found
