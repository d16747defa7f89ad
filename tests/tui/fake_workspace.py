"""A workspace without file or store: fixed numbers behind the interface the screens use."""

import math
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from metric_tui.analysis.goals import Goal
from metric_tui.analysis.key_results import KeyResultStanding
from metric_tui.analysis.telling import DimensionSplit
from metric_tui.base.errors import Cancelled, StoreError
from metric_tui.base.formulas import parse_formula
from metric_tui.base.periods import Duration, Lag
from metric_tui.base.problems import Problem
from metric_tui.base.series import Cell
from metric_tui.definitions.edges import (
    Annotation,
    ComponentView,
    Guardrail,
    Influence,
    MetricInput,
    Target,
)
from metric_tui.definitions.fragments import Column, Fragment
from metric_tui.definitions.kinds.derived import Derived
from metric_tui.definitions.kinds.ratio import Ratio
from metric_tui.definitions.kinds.simple import Simple
from metric_tui.definitions.metric import Metric
from metric_tui.definitions.sources import Dimension, Source
from metric_tui.definitions.tree import MetricTree, Settings, TreeRoot
from metric_tui.engines.rollup.refreshing import Progress
from metric_tui.planning.answer import Answer, MetricAnswer, SegmentValues, Values
from metric_tui.planning.frame import Frame, frame_of
from metric_tui.planning.question import Question
from metric_tui.workspace import Changed, Definition, EventTable, Names, Workspace
from tests.conftest import PATIENCE

WATERMARK = datetime(2026, 6, 30, 20, 14, 9, tzinfo=UTC)
COUNTRIES: tuple[tuple[Cell, float], ...] = (("PT", 0.5), ("ES", 0.3), ("FR", 0.15), (None, 0.05))
HOSTILE = ("Revenue [USD]", "x [/foo] y", "[red]r[/red]", "[@click=app.quit]q[/]", "a\x1b[31mb")
"""Labels that markup or a terminal would read as more than text."""


def column(name: str) -> Fragment:
    return Fragment(name, Column(name))


def view(text: str, name: str = "default") -> ComponentView:
    return ComponentView(name=name, formula=parse_formula(text))


def small_tree() -> MetricTree:
    metrics: tuple[Metric, ...] = (
        Derived(
            name="nights_booked",
            label="Nights booked",
            expr=parse_formula("gross_nights - cancelled_nights"),
            unit="nights",
            format=",.0f",
            owner="marketplace@example.org",
            description="Nights of the bookings made in the period, less nights cancelled in it.",
            category="business_specific",
            indicator="lagging",
            target=Target(value=50_000, by=date(2026, 12, 31)),
            influences=(
                Influence(metric="review_score", expect="up", lag=Lag(Duration(14, "day"))),
            ),
            guardrails=(Guardrail(metric="host_cancel_rate"),),
        ),
        Simple(
            name="gross_nights",
            label="Gross nights",
            agg="sum",
            expr=column("nights"),
            event=("booking_confirmed",),
            unit="nights",
            components=(view("bookings * nights_per_booking"),),
        ),
        Simple(
            name="cancelled_nights",
            label="Cancelled nights",
            agg="sum",
            expr=column("nights"),
            event=("booking_cancelled",),
            direction="down",
            unit="nights",
        ),
        Simple(
            name="bookings",
            agg="count",
            event=("booking_confirmed",),
            components=(
                view("searchers * bookings_per_searcher", "by funnel"),
                view("new_bookings + repeat_bookings", "by guest"),
            ),
        ),
        Ratio(
            name="nights_per_booking",
            numerator=MetricInput(metric="gross_nights"),
            denominator=MetricInput(metric="bookings"),
        ),
        Simple(name="searchers", agg="count_distinct", event=("search",)),
        Ratio(
            name="bookings_per_searcher",
            numerator=MetricInput(metric="bookings"),
            denominator=MetricInput(metric="searchers"),
        ),
        Simple(name="new_bookings", agg="count", event=("booking_confirmed",)),
        Simple(name="repeat_bookings", agg="count", event=("booking_confirmed",)),
        Simple(name="review_score", agg="average", expr=column("score"), event=("review",)),
        Ratio(
            name="host_cancel_rate",
            direction="down",
            numerator=MetricInput(metric="cancelled_nights"),
            denominator=MetricInput(metric="bookings"),
        ),
    )
    source = Source(
        name="events",
        table="events",
        agg_time_dimension="occurred_at",
        event_column="event",
        entities={"user": column("user_id")},
        dimensions={
            "country": Dimension(name="country", expr=column("country"), label="country"),
            "platform": Dimension(name="platform", expr=column("platform")),
        },
    )
    return MetricTree(
        name="Nights Booked",
        settings=Settings(timezone="Europe/Lisbon"),
        sources={"events": source},
        metrics={metric.name: metric for metric in metrics},
        tree=TreeRoot(focus="nights_booked"),
        annotations=(Annotation(date=date(2026, 5, 4), label="New search ranking"),),
    )


def hostile_tree() -> MetricTree:
    names = [f"hostile_{index}" for index in range(len(HOSTILE))]
    metrics: dict[str, Metric] = {
        name: Simple(name=name, agg="count", label=label, description=label, unit=label)
        for name, label in zip(names, HOSTILE, strict=True)
    }
    metrics["focus"] = Simple(
        name="focus",
        agg="count",
        label=HOSTILE[1],
        components=(view(" + ".join(names), HOSTILE[1]), view(names[0], HOSTILE[3])),
    )
    return replace(
        small_tree(), name=HOSTILE[1], metrics=metrics, tree=TreeRoot(focus="focus"), annotations=()
    )


def wide_tree(children: int = 14) -> MetricTree:
    """A focus with about `children` squared metrics below it, all as sums."""
    metrics: dict[str, Metric] = {}
    branches = [f"branch_{index:02d}" for index in range(children)]
    for branch in branches:
        leaves = [f"{branch}_leaf_{index:02d}" for index in range(children)]
        metrics[branch] = Simple(name=branch, agg="count", components=(view(" + ".join(leaves)),))
        metrics |= {leaf: Simple(name=leaf, agg="count") for leaf in leaves}
    focus = Simple(name="focus", agg="count", components=(view(" + ".join(branches)),))
    return replace(small_tree(), metrics={"focus": focus, **metrics}, tree=TreeRoot(focus="focus"))


BASES: Mapping[str, tuple[float, float]] = {
    "nights_booked": (48_210, 1.041),
    "gross_nights": (51_910, 1.05),
    "cancelled_nights": (3_700, 1.18),
    "bookings": (16_300, 1.072),
    "nights_per_booking": (3.19, 0.98),
    "review_score": (4.71, 1.002),
    "host_cancel_rate": (0.021, 1.17),
}
"""The last value of a metric, and how that stands to the one before."""


class FakeWorkspace(Workspace):
    """Answers from a formula; `fails` and `hold` bring about what a store can do."""

    def __init__(self, tree: MetricTree | None = None) -> None:
        self.path = Path("nights_booked.yaml")
        self.text = "version: 1\n"
        self.tree = tree or small_tree()
        self.problems: tuple[Problem, ...] = ()
        self.is_broken = False
        self.revision = 1
        self.state: dict[str, object] = {}
        self.asked: list[Question] = []
        self.changed: Changed = "nothing"
        self.fails = False
        self.reloads = 0
        self.cancels = 0
        self.hold: threading.Event | None = None
        self.quick: tuple[str, ...] = ()
        """Metrics that are known before the others."""

        self.refresh_held: threading.Event | None = None
        """What the reading of the store waits for; None where there is nothing to read."""

        self.refresh_seconds = 1.0
        self.refreshes = 0
        self.foreseen = 0
        self.foreseen_around: list[tuple[Question, str, str | None]] = []
        self.is_foreseeing = False
        self.foresight_held: threading.Event | None = None
        """What foreseeing waits for, unless it is cancelled; None for nothing."""

        self._cancelled = threading.Event()

    @property
    def store_name(self) -> str:
        return "stays.db"

    def default_question(self) -> Question:
        return Question(grain="week")

    def answer(self, question: Question, tell: Callable[[Answer], None] | None = None) -> Answer:
        self.asked.append(question)
        if tell is not None and self.quick:
            tell(self._answer(question, self.quick))
        if self.hold is not None:
            self._wait(self.hold)
        if self.fails:
            raise StoreError("the store is locked", hint="close the program that writes to it")
        return self._answer(question, question.metrics or self.tree.in_tree_order())

    def _answer(self, question: Question, names: tuple[str, ...]) -> Answer:
        frame = frame_of(question, WATERMARK, self.tree.settings.calendar, first=None)
        return Answer(
            question=question,
            revision=self.revision,
            frame=frame,
            calendar=self.tree.settings.calendar,
            metrics={name: self._metric(name, question, frame) for name in names},
            is_whole=names != self.quick,
        )

    def _wait(self, hold: threading.Event) -> None:
        self._cancelled.clear()
        while not hold.wait(0.005):
            if self._cancelled.is_set():
                raise Cancelled("stopped")

    def _metric(self, name: str, question: Question, frame: Frame) -> MetricAnswer:
        if name == "repeat_bookings":
            empty = (None,) * len(frame.periods)
            notes: tuple[frozenset[str], ...] = (frozenset(),) * len(frame.periods)
            return MetricAnswer(
                metric=name,
                total=Values(values=empty, compared=empty, notes=notes),  # type: ignore[arg-type]
                error="no column is named `guest`",
                hint="did you mean `guest_id`?",
            )
        segments: tuple[SegmentValues, ...] = ()
        if question.by:
            segments = tuple(
                SegmentValues(group=(country,), values=_values(name, question, frame, share))
                for country, share in COUNTRIES
            )
        return MetricAnswer(
            metric=name, total=_values(name, question, frame, 1.0), segments=segments
        )

    @property
    def wants_refresh(self) -> bool:
        return self.refresh_held is not None

    def refresh(
        self,
        progress: Callable[[Progress], None] | None = None,
        read: Callable[[], None] = lambda: None,
    ) -> None:
        assert self.refresh_held is not None
        self.refreshes += 1
        if progress is not None:
            progress(Progress(done=1, total=4, seconds=self.refresh_seconds))
        assert self.refresh_held.wait(PATIENCE)
        read()

    def compute_foreseen(self) -> None:
        self.foreseen += 1

    def foresee_around(
        self, question: Question, metric: str, dimension: str | None, cancelled: Callable[[], bool]
    ) -> None:
        self.foreseen_around.append((question, metric, dimension))
        self.is_foreseeing = True
        held = self.foresight_held
        while held is not None and not cancelled() and not held.wait(0.005):
            pass
        self.is_foreseeing = False

    def stop(self) -> None:
        self.cancel()

    def cancel(self) -> None:
        self.cancels += 1
        self._cancelled.set()

    def dimension_values(self, dimension: str, *, limit: int = 50) -> tuple[tuple[Cell, int], ...]:
        return tuple((value, int(share * 1000)) for value, share in COUNTRIES)

    def definition(self, metric: str, question: Question) -> Definition:
        return Definition(
            metric=metric,
            rule="Rows are counted.",
            yaml=f"{metric}:\n  agg: count\n",
            line=12,
            sql=f"SELECT count(*) AS {metric}\nFROM events\nWHERE event = 'x [/foo] y'",
            sources=("events",),
            dimensions=("country", "platform"),
            last_event="2026-06-30T21:14:09+01:00",
        )

    def events(
        self, metric: str, question: Question, *, limit: int = 200, entity: Cell = None
    ) -> EventTable:
        rows = tuple(
            (f"2026-06-28T10:{59 - row:02d}:00", "booking_confirmed", entity or f"user_{row}", row)
            for row in range(40)
        )
        return EventTable(
            columns=("occurred_at", "event", "user_id", "nights"),
            rows=rows,
            entity_column=2,
            note="the latest 40 of 812",
        )

    def effects(self, metric: str, dimension: str, question: Question) -> DimensionSplit | None:
        return None

    def goals(self, question: Question) -> tuple[Goal, ...]:
        return ()

    def key_results(self, question: Question) -> tuple[KeyResultStanding, ...]:
        return ()

    def names(self) -> Names:
        return Names(metrics=tuple(self.tree.metrics), columns=(), events=(), dimensions=())

    def poll(self) -> Changed:
        changed, self.changed = self.changed, "nothing"
        return changed

    def reload(self) -> None:
        self.reloads += 1
        self.revision += 1

    def load_state(self) -> dict[str, object]:
        return dict(self.state)

    def save_state(self, state: dict[str, object]) -> None:
        self.state = dict(state)

    def close(self) -> None:
        return None


def _values(name: str, question: Question, frame: Frame, share: float) -> Values:
    last, growth = BASES.get(name, (1_000.0 + 37 * (len(name) % 7), 1.01 + len(name) % 5 / 100))
    scale = 1.0 if last < 10 else share
    if question.where:
        scale *= 0.5
    count = len(frame.periods)

    def at(step: float) -> float:
        wave = 1 + 0.03 * math.sin(step * 1.7)
        trend = math.pow(growth, -step / 3)
        return last * scale * (trend * wave if step > 1 else math.pow(growth, -step))

    steps = [float(count - 1 - index) for index in range(count)]
    back = 1.0 if question.compare == "previous" else 12.0
    compares = question.compare != "none"
    return Values(
        values=tuple(at(step) for step in steps),
        compared=tuple(at(step + back) if compares else None for step in steps),
        notes=(frozenset(),) * count,
    )
