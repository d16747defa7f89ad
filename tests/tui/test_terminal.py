"""A closed terminal ends the explorer, whatever it is doing and whoever ignores the signal."""

import io
import os
import pty
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from metric_tui.tui.terminal import LastingOutput
from tests.conftest import PATIENCE

COMMAND = "from metric_tui.cli.main import run; run()"


DRAWN = {b"T": b"leaves", b"e": b"F2"}
"""A word that is drawn once what a key opens is there."""


class Closed(io.StringIO):
    """A terminal that is no longer there."""

    def write(self, text: str) -> int:
        raise OSError(5, "Input/output error")

    def flush(self) -> None:
        raise OSError(5, "Input/output error")


def test_what_is_written_to_a_closed_terminal_is_lost_without_a_fault() -> None:
    output = LastingOutput(Closed())
    output.write("x")
    output.flush()


def _ignore_the_signal() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)


@pytest.mark.parametrize("keys", [b"", b"T", b"e"], ids=["tree", "form", "editor"])
def test_the_explorer_ends_with_its_terminal(tmp_path: Path, keys: bytes) -> None:
    here, there = pty.openpty()
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path),
                   "TERM": "xterm-256color"}  # fmt: skip
    command = [sys.executable, "-c", COMMAND, "demo", "--events", "2000"]
    process = subprocess.Popen(
        command, stdin=there, stdout=there, stderr=there, env=environment,
        preexec_fn=_ignore_the_signal, cwd=tmp_path,
    )  # fmt: skip
    try:
        os.close(there)
        _read_until(here, b"Nights")
        if keys:
            _press_until(here, keys, DRAWN[keys])
        os.close(here)
        assert process.wait(timeout=PATIENCE) == 128 + signal.SIGHUP
    finally:
        process.kill()
        process.wait()


def _press_until(terminal: int, keys: bytes, wanted: bytes) -> None:
    """Press keys, again where they came too early for anything to open."""
    seen = b""
    os.write(terminal, keys)
    while wanted not in seen:
        if select.select([terminal], [], [], 1.0)[0]:
            seen += os.read(terminal, 65_536)
        else:
            os.write(terminal, keys)


def _read_until(terminal: int, wanted: bytes) -> None:
    """Read what is drawn until it holds some bytes, as long as the process lives."""
    seen = b""
    while wanted not in seen:
        seen += os.read(terminal, 65_536)
