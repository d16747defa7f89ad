"""A closed terminal ends the explorer, whatever it is doing and whoever ignores the signal."""

import io
import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from metric_tui.tui.terminal import LastingOutput

COMMAND = "from metric_tui.cli.main import run; run()"


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
            os.write(here, keys)
            time.sleep(0.5)
        os.close(here)
        assert process.wait(timeout=30) == 128 + signal.SIGHUP
    finally:
        process.kill()
        process.wait()


def _read_until(terminal: int, wanted: bytes) -> None:
    """Read what is drawn until it holds some bytes, as long as the process lives."""
    seen = b""
    while wanted not in seen:
        seen += os.read(terminal, 65_536)
