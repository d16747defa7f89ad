"""Files that belong to the user alone: the only place that makes them, and says which may be read.

What is kept between runs is made for its owner, whatever the umask, and read only where nobody else
can have written it: a file that another user owns or may write to counts as one that is not there.
Folders of ours, and the one a file is in, are held to the same. Why something was not read is told
by `refusals`.
"""

import errno
import os
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from metric_tui.base.places import cache_directory, state_directory

FOLDER_MODE = 0o700
FILE_MODE = 0o600

DATABASE_ENDINGS = ("", "-wal", "-shm", "-journal")
"""Of a SQLite file, and of what SQLite keeps beside it."""

_OTHERS_MAY_WRITE = stat.S_IWGRP | stat.S_IWOTH

_refused: dict[Path, str] = {}


def refusals() -> tuple[tuple[str, str], ...]:
    """What was not read since the last call: the path, and the reason as a clause."""
    found = tuple((str(path), reason) for path, reason in _refused.items())
    _refused.clear()
    return found


def is_private(path: Path) -> bool:
    """Whether there is a file that nobody else can have written."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return False
    except OSError:
        return False
    return all(_is_own(each) for each in (*_folders_of(path), path))


def is_private_database(path: Path) -> bool:
    """As `is_private`, also of what SQLite keeps beside the file."""
    return is_private(path) and all(map(_is_own, database_files(path)))


def database_files(path: Path) -> list[Path]:
    """The paths of a SQLite file and of what SQLite keeps beside it, there or not."""
    return [path.with_name(path.name + ending) for ending in DATABASE_ENDINGS]


def make_private_folder(path: Path) -> None:
    """Make a folder, with those above it, that only the user can look into.

    A folder of ours that is open to others is closed; what they may have put there is another matter.

    Raises:
        OSError: it cannot be made, or belongs to somebody else.
    """
    for folder in (*reversed(path.parents), path):
        with suppress(FileExistsError):
            folder.mkdir(FOLDER_MODE)
            folder.chmod(FOLDER_MODE)
    for folder in _folders_of(path / "file"):
        reason = _reason(folder)
        if folder.stat().st_uid == os.geteuid() and _root_of(folder) is not None:
            folder.chmod(FOLDER_MODE)
        elif reason is not None:
            raise PermissionError(errno.EPERM, reason, str(folder))


def make_private_database(path: Path) -> None:
    """Make an empty file for SQLite, in a folder of its owner's; one that can be trusted stays.

    Raises:
        OSError: it cannot be made.
    """
    make_private_folder(path.parent)
    if not all(map(_is_own, database_files(path))):
        for file in database_files(path):
            file.unlink(missing_ok=True)
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, FILE_MODE))
    make_private(path)


def make_private(path: Path) -> None:
    """Keep others from a file that is there.

    Raises:
        OSError: it belongs to somebody else.
    """
    path.chmod(FILE_MODE)


def write_private(path: Path, text: str) -> None:
    """Write a file in one step.

    Raises:
        OSError: it cannot be written; what was there is as it was.
    """
    _write(path, text, lambda handle: None)


def write_private_durably(path: Path, text: str) -> None:
    """As `write_private`, for text that nothing can make again: it is on the disk afterwards.

    Raises:
        OSError: it cannot be written; what was there is as it was.
    """
    _write(path, text, os.fsync)


def _write(path: Path, text: str, sync: Callable[[int], None]) -> None:
    make_private_folder(path.parent)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        # newline="" keeps the text's own line ends
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as stream:
            stream.write(text)
            stream.flush()
            sync(stream.fileno())
        make_private(Path(temporary))
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _folders_of(path: Path) -> Iterator[Path]:
    """The folders that must be the user's: all of ours above a file, or else the one it is in."""
    root = _root_of(path)
    if root is None:
        yield path.parent
        return
    for folder in reversed(path.parents):
        if folder.is_relative_to(root):
            yield folder


def _root_of(path: Path) -> Path | None:
    places = (cache_directory(), state_directory())
    return next((place for place in places if path.is_relative_to(place)), None)


def _is_own(path: Path) -> bool:
    reason = _reason(path)
    if reason is not None:
        _refused[path] = reason
    return reason is None


def _reason(path: Path) -> str | None:
    """Why somebody else can have written a file or folder; None where nobody can, or none is there."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    except OSError as error:
        return str(error.strerror)
    if found.st_uid != os.geteuid():
        return "another user owns it"
    return "others may write to it" if found.st_mode & _OTHERS_MAY_WRITE else None
