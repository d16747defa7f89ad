"""Processes that work for this one: sent pickled messages, heard by a thread."""

import os
import pickle
import queue
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO, Any


class Process:
    """A module run as a program, and the thread that listens to it.

    Args:
        module: the name of one that reads messages from its standard input, and answers on its
            standard output.
        answers: where what it says is put; an OperationalError is the last it says, or the word
            that it has died.
    """

    def __init__(self, module: str, answers: "Answers") -> None:
        root = str(Path(__file__).resolve().parents[3])
        paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
        self._answers = answers
        self._process = subprocess.Popen(
            [sys.executable, "-m", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        )
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def send(self, message: object) -> None:
        """Give it a message; one that has died says so by its silence."""
        assert self._process.stdin is not None
        with suppress(OSError):
            pickle.dump(message, self._process.stdin)
            self._process.stdin.flush()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        try:
            while True:
                self._answers.put((self, pickle.load(self._process.stdout)))
        except (EOFError, OSError, pickle.UnpicklingError, ValueError):
            self._answers.put((self, sqlite3.OperationalError("a worker process has died")))

    def stop(self) -> None:
        """End the process and let go of its pipes."""
        self._process.kill()
        self._process.wait()
        self._thread.join()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()


Answers = queue.Queue[tuple[Process, Any]]


def say_to(answers: IO[bytes]) -> Callable[[object], None]:
    """How a process says something to the one it works for."""

    def say(answer: object) -> None:
        pickle.dump(answer, answers, protocol=pickle.HIGHEST_PROTOCOL)
        answers.flush()

    return say
