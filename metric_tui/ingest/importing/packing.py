"""Files that are packed, told by what they begin with, and read as if they were not."""

import bz2
import gzip
import io
import lzma
import zipfile
import zlib
from collections.abc import Callable
from typing import BinaryIO, cast

from metric_tui.ingest.importing.faults import ImportFault

PARQUET = b"PAR1"

FAULTS: tuple[type[Exception], ...] = (
    OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, NotImplementedError,
)  # fmt: skip
"""What reading a file raises that is cut short or damaged."""

_NOT_READ = {
    b"SQLite format 3\0": ("a SQLite database", "name it as the `store:` of a tree"),
    b"\xd0\xcf\x11\xe0": ("an old spreadsheet", "save it as CSV"),
    b"7z\xbc\xaf": ("packed by 7-Zip", "unpack it, or pipe it in by `-`"),
    PARQUET: ("a Parquet file within another", "unpack it"),
}
"""By what they begin with, files that are known but not read."""


def unpacked(raw: io.BufferedReader, name: str) -> io.BufferedReader:
    """What a file holds, unpacked where it is packed by gzip, bzip2, xz, zip or zstandard.

    Raises:
        ImportFault: it is of a kind that is not read, or what unpacks it is not installed.
    """
    stream = _unpacked_once(raw, name)
    begin = beginning(stream)
    for magic, (what, hint) in _NOT_READ.items():
        if begin.startswith(magic):
            raise ImportFault(f"`{name}` is {what}", hint=hint)
    return stream


def beginning(stream: io.BufferedReader) -> bytes:
    """Some bytes that a stream begins with, which stay in it."""
    return stream.peek(16)


def _unpacked_once(raw: io.BufferedReader, name: str) -> io.BufferedReader:
    begin = beginning(raw)
    for magic, unpack in _UNPACKERS.items():
        if begin.startswith(magic):
            return unpack(raw, name)
    return raw


def _from_gzip(raw: io.BufferedReader, name: str) -> io.BufferedReader:
    return cast(io.BufferedReader, gzip.GzipFile(fileobj=raw))


def _from_bzip2(raw: io.BufferedReader, name: str) -> io.BufferedReader:
    return cast(io.BufferedReader, bz2.BZ2File(raw))


def _from_xz(raw: io.BufferedReader, name: str) -> io.BufferedReader:
    return cast(io.BufferedReader, lzma.LZMAFile(raw))


def _from_zip(raw: io.BufferedReader, name: str) -> io.BufferedReader:
    archive = zipfile.ZipFile(raw)
    members = [each for each in archive.infolist() if not each.is_dir()]
    names = [each.filename for each in members]
    if "[Content_Types].xml" in names or "mimetype" in names:
        raise ImportFault(f"`{name}` is a spreadsheet", hint="save it as CSV")
    # what a Mac adds is nobody's data
    members = [each for each in members if not each.filename.startswith("__MACOSX/")]
    if len(members) != 1:
        raise ImportFault(
            f"`{name}` is a zip file of {len(members)} files, and one is read",
            hint="unpack it, and name the files",
        )
    if members[0].flag_bits & 1:
        raise ImportFault(f"`{name}` is a zip file with a password", hint="unpack it")
    return cast(io.BufferedReader, archive.open(members[0]))


def _from_zstandard(raw: io.BufferedReader, name: str) -> io.BufferedReader:
    try:
        import zstandard
    except ImportError as error:
        raise ImportFault(
            f"`{name}` is packed by zstandard, which the package `zstandard` unpacks",
            hint="install it by `pip install zstandard`, or unpack the file",
        ) from error
    reader = zstandard.ZstdDecompressor().stream_reader(raw, read_across_frames=True)
    return io.BufferedReader(_ZstandardFile(reader))


class _ZstandardFile(io.RawIOBase):
    """Reads as other files do: what is wrong with it is an `OSError`."""

    def __init__(self, reader: BinaryIO) -> None:
        self._reader = reader

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        import zstandard

        try:
            data = self._reader.read(len(buffer))
        except zstandard.ZstdError as error:
            raise OSError(str(error)) from error
        buffer[: len(data)] = data
        return len(data)


_UNPACKERS: dict[bytes, Callable[[io.BufferedReader, str], io.BufferedReader]] = {
    b"\x1f\x8b": _from_gzip,
    b"BZh": _from_bzip2,
    b"\xfd7zXZ\0": _from_xz,
    b"PK\x03\x04": _from_zip,
    b"PK\x05\x06": _from_zip,
    b"\x28\xb5\x2f\xfd": _from_zstandard,
}
