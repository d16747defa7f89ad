"""The clock: nothing below the commands reads it."""

from datetime import date, datetime


def today() -> date:
    """The day of whoever runs the command."""
    return datetime.now().astimezone().date()
