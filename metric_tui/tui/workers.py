"""What is computed off the UI thread: each worker touches no widget and posts what it found."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from textual.message import Message

from metric_tui.base.errors import Cancelled, MetricTuiError
from metric_tui.planning.answer import Answer
from metric_tui.planning.question import Question
from metric_tui.presentation.contributions import contributions_of
from metric_tui.presentation.tree_rows import Path
from metric_tui.tui.crash import write_crash
from metric_tui.tui.seen import Seen
from metric_tui.tui.views.base import Fault, View
from metric_tui.workspace import Workspace


@dataclass
class Answered(Message):
    """A question has its answer, or, while it is not whole, a part of it."""

    number: int
    """Of the asking: the same question may be asked again while it is being answered."""

    answer: Answer
    contributions: Mapping[Path, float]


@dataclass
class Refused(Message):
    """A question has no answer, and why."""

    number: int
    fault: Fault
    is_cancelled: bool


@dataclass
class Looked(Message):
    """A view's subject was looked up, or could not be."""

    key: object
    found: object


@dataclass
class Reloaded(Message):
    """File and store were read anew."""

    fault: Fault | None


def answered(
    workspace: Workspace,
    question: Question,
    number: int,
    views: Mapping[str, str],
    state_directory: str,
    tell: Callable[[Message], object],
) -> Message:
    """Answer a question, and split the focus metric's change over the tree.

    Args:
        workspace: what is asked.
        question: the question.
        number: of the asking, for whoever hears of the answer.
        views: the component view chosen for a metric.
        state_directory: where a fault of ours is written down.
        tell: called from another thread with what is known, where the rest takes a while.
    """
    tree = workspace.tree

    def tell_so_far(known: Answer) -> None:
        tell(Answered(number, known, contributions_of(tree, known, views)))

    try:
        answer = workspace.answer(question, tell_so_far)
        contributions = contributions_of(tree, answer, views)
    except Cancelled as error:
        return Refused(number, Fault(error.message), is_cancelled=True)
    except MetricTuiError as error:
        return Refused(number, Fault(error.message, error.hint), is_cancelled=False)
    except Exception as error:  # noqa: BLE001  the boundary: a fault of ours stays in its panel
        return Refused(number, _our_fault(error, state_directory), is_cancelled=False)
    return Answered(number, answer, contributions)


def looked_up(
    workspace: Workspace, view: View, seen: Seen, key: object, state_directory: str
) -> Looked | None:
    """Look up what a view shows; None where that was cancelled."""
    return _looked(key, lambda: view.fetch(workspace, seen), state_directory)


def _looked(key: object, fetch: Callable[[], object], state_directory: str) -> Looked | None:
    try:
        return Looked(key, fetch())
    except Cancelled:
        return None
    except MetricTuiError as error:
        return Looked(key, Fault(error.message, error.hint))
    except Exception as error:  # noqa: BLE001  the boundary: a fault of ours stays in its panel
        return Looked(key, _our_fault(error, state_directory))


def called(key: object, fetch: Callable[[], object], state_directory: str) -> Looked | None:
    """Look up anything else, with the same care."""
    return _looked(key, fetch, state_directory)


def reloaded(workspace: Workspace, state_directory: str) -> Reloaded:
    """Read file and store anew."""
    try:
        workspace.reload()
    except MetricTuiError as error:
        return Reloaded(Fault(error.message, error.hint))
    except Exception as error:  # noqa: BLE001  the boundary: a fault of ours stays in its panel
        return Reloaded(_our_fault(error, state_directory))
    return Reloaded(None)


def _our_fault(error: Exception, state_directory: str) -> Fault:
    path = write_crash(error, state_directory)
    kept = f"; see {path}" if path else ""
    return Fault(f"a fault of metric-tui itself: {type(error).__name__}: {error}{kept}")
