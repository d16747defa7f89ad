"""The form of a driver: a metric that is there, or a new one that counts an event."""

import re
from datetime import date
from functools import partial
from typing import cast, get_args

from metric_tui.analysis.inspected import Names
from metric_tui.base.errors import QuestionError
from metric_tui.definitions.aggregations import AGGREGATIONS
from metric_tui.loading.drivers import Hold, with_driver
from metric_tui.presentation.safe import safe
from metric_tui.tui.forms.fields import Asked, Change, Field, FieldFault, Typed
from metric_tui.tui.screens.picker import Option
from metric_tui.tui.seen import Seen

OFFERED = ("count", "count_distinct", "sum", "average")
"""Aggregations that need no more than a column."""

_NAME = re.compile(r"[a-z_][a-z0-9_]*")


def driver_options(seen: Seen, names: Names) -> tuple[Option, ...]:
    """The store's events, then the file's metrics that do not hang there yet."""
    below = {edge.child for edge in seen.tree.all_edges(seen.metric)}
    metrics = [name for name in names.metrics if name not in below and name not in seen.path]
    return (
        *(
            Option(value=("event", name, names.columns), label=name, note="event")
            for name in names.events
        ),
        *(Option(value=("metric", name, ()), label=name, note="metric") for name in metrics),
    )


def driver_form(kind: str, name: str, columns: tuple[str, ...], seen: Seen, today: date) -> Asked:
    """Ask how a picked event or metric drives the selected metric."""
    title = safe(seen.tree.metrics[seen.metric].title)
    hold = Field(
        name="as",
        start="influence",
        hint="influence: believed to move it; guardrail: must not get worse; plus, minus: a term"
        " of the arithmetic that gives it",
        choices=get_args(Hold),
    )
    new = _new_fields(name, columns, seen) if kind == "event" else ()
    return Asked(
        title=f"{safe(name)} as a driver of {title}",
        fields=(hold, *new),
        read=partial(_read, seen, name if kind == "metric" else None, name),
        done=f"hung {safe(name)} on {title}",
    )


def _new_fields(event: str, columns: tuple[str, ...], seen: Seen) -> tuple[Field, ...]:
    sources = tuple(seen.tree.sources)
    own = seen.tree.slicing_sources_of(seen.metric)
    fields = (
        Field(name="name", start=_free_name(event, seen), hint="the new metric's name in the file"),
        Field(name="agg", start="count", choices=OFFERED, hint="what is done with its rows"),
        Field(name="of", hint=f"the column, for all but count: {', '.join(columns)}"),
    )
    if len(sources) < 2:
        return fields
    start = own[0] if own else sources[0]
    hint = "where the event is looked for"
    return (*fields, Field(name="source", start=start, choices=sources, hint=hint))


def _free_name(event: str, seen: Seen) -> str:
    """A name made of the event's that no metric has."""
    plain = re.sub(r"[^a-z0-9]+", "_", event.lower()).strip("_") or "driver"
    plain = f"n_{plain}" if plain[0].isdigit() else plain
    taken = seen.tree.metrics
    tries = (
        plain,
        f"{plain}_events",
        *(f"{plain}_{number}" for number in range(2, len(taken) + 4)),
    )
    return next(name for name in tries if name not in taken)


def _read(seen: Seen, metric: str | None, event: str, typed: Typed) -> Change:
    hold = cast(Hold, typed["as"])
    view = seen.choices.views.get(seen.metric)
    if metric is not None:
        return partial(
            with_driver, tree=seen.tree, parent=seen.metric, child=metric, hold=hold, view=view
        )
    name = typed["name"]
    if not _NAME.fullmatch(name):
        hint = "small letters, digits and `_`"
        raise FieldFault("name", QuestionError(f"`{name}` is no name", hint=hint))
    if name in seen.tree.metrics:
        raise FieldFault("name", QuestionError(f"there is a metric `{name}` already"))
    said: dict[str, object] = {"agg": typed["agg"], "event": event}
    if typed["of"]:
        said["expr"] = typed["of"]
    elif AGGREGATIONS[typed["agg"]].takes == "a value":
        raise FieldFault("of", QuestionError(f"`{typed['agg']}` needs a column"))
    if "source" in typed:
        said["source"] = typed["source"]
    return partial(
        with_driver, tree=seen.tree, parent=seen.metric, child=name, hold=hold, view=view, said=said
    )
