"""Tells what is known so far, now and then, while the rest is being computed."""

from collections.abc import Callable, Iterator, Sized
from contextlib import contextmanager
from threading import Event, Thread

FIRST_SECONDS = 0.15
"""What is complete before that is told at once by whoever computes it."""

NEXT_SECONDS = 0.6


@contextmanager
def telling(tell: Callable[[], None]) -> Iterator[None]:
    """Call `tell` from another thread, first after a moment, until the block is left.

    Once it is left, `tell` is neither running nor called again.
    """
    is_over = Event()

    def run() -> None:
        seconds = FIRST_SECONDS
        while not is_over.wait(seconds):
            tell()
            seconds = NEXT_SECONDS

    thread = Thread(target=run, name="so far", daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


@contextmanager
def telling_more(known: Sized, tell: Callable[[], None]) -> Iterator[None]:
    """As `telling`, but only while more and more is known."""
    told = 0

    def tell_so_far() -> None:
        nonlocal told
        if len(known) > told:
            told = len(known)
            tell()

    with telling(tell_so_far):
        yield
