"""Tree files on disk: read, written atomically, and watched; and the small files kept beside."""

import hashlib
import json
import os
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from metric_tui.base.places import state_directory
from metric_tui.base.private import is_private, write_private_durably


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """Changes when a file is written; cheap to take."""

    inode: int
    size: int
    modified_ns: int

    @classmethod
    def of(cls, path: Path) -> "Fingerprint | None":
        """The file's fingerprint, None when it is not there."""
        try:
            stat = path.stat()
        except OSError:
            return None
        return cls(stat.st_ino, stat.st_size, stat.st_mtime_ns)


def write_atomically(path: Path, text: str) -> None:
    """Replace a file in one step, keeping its permissions; a link keeps pointing at its target.

    Raises:
        OSError: the directory cannot be written; the file is as it was.
    """
    target = path.resolve()
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        # newline="" keeps the text's own line ends
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        with suppress(OSError):
            Path(temporary).chmod(target.stat().st_mode & 0o7777)
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


@dataclass(frozen=True, slots=True)
class SideFiles:
    """What is remembered of one tree file in the state directory."""

    path: Path

    def _beside(self, ending: str) -> Path:
        name = hashlib.sha256(str(self.path.resolve()).encode()).hexdigest()[:16]
        return state_directory() / "trees" / f"{self.path.stem}-{name}.{ending}"

    def write_recovery(self, text: str) -> None:
        """Keep unsaved text."""
        write_private_durably(self._beside("unsaved.yaml"), text)

    def recovery(self) -> str | None:
        """Unsaved text, None without any."""
        return _read(self._beside("unsaved.yaml"))

    def drop_recovery(self) -> None:
        """Forget the unsaved text."""
        self._beside("unsaved.yaml").unlink(missing_ok=True)

    def write_state(self, state: dict[str, Any]) -> None:
        """Remember where the user was."""
        write_private_durably(self._beside("state.json"), json.dumps(state))

    def state(self) -> dict[str, Any]:
        """Where the user was; empty when that is not known or cannot be read."""
        text = _read(self._beside("state.json"))
        with suppress(ValueError):
            found = json.loads(text or "{}")
            return found if isinstance(found, dict) else {}
        return {}


def _read(path: Path) -> str | None:
    if not is_private(path):
        return None
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            return stream.read()
    except (OSError, UnicodeDecodeError):
        return None
