"""Methods whose statements and loops end when somebody asks another question, or leaves."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from metric_tui.base.stopping import stoppable


class _Watching(Protocol):
    def _watch_cancel(self) -> Callable[[], bool]: ...


Self = TypeVar("Self", bound=_Watching)
Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def cancellable(
    method: Callable[Concatenate[Self, Arguments], Result],
) -> Callable[Concatenate[Self, Arguments], Result]:
    """A method that raises Cancelled soon after `cancel` or `stop` was called meanwhile."""

    @wraps(method)
    def watched(self: Self, /, *given: Arguments.args, **named: Arguments.kwargs) -> Result:
        with stoppable(self._watch_cancel()):
            return method(self, *given, **named)

    return watched
