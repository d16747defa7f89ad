"""The bundled trees grown until an explanation of the focus goes through forty metrics."""

from collections.abc import Collection
from dataclasses import replace

from metric_tui.base.formulas import parse_formula
from metric_tui.definitions.edges import ComponentView, Influence
from metric_tui.definitions.kinds.conversion import Conversion
from metric_tui.definitions.kinds.funnel import Funnel
from metric_tui.definitions.kinds.sessions import Sessions
from metric_tui.definitions.kinds.simple import Simple
from metric_tui.definitions.metric import Metric
from metric_tui.definitions.tree import MetricTree
from tests.benchmarks.measuring import DIMENSIONS, tree_of

FOURTH = {"nights_booked": "guest_type", "dau": "source"}
"""A dimension beside the three that all benchmarks keep: rollups cross these four in pairs."""

BY = "(properties ->> '$.by')"
"""Who cancelled, which is no dimension here."""

COMPONENTS: dict[str, dict[str, str]] = {
    "nights_booked": {
        "guest_cancelled_nights": "guest_cancellations * nights_per_guest_cancellation",
        "host_cancelled_nights": "host_cancellations * nights_per_host_cancellation",
        "guest_cancellations": "guest_cancellations_app + guest_cancellations_web",
        "nights_per_booking": "value_per_booking / average_daily_rate",
        "searchers": "searches / searches_per_searcher",
        "searches": "searches_android + searches_ios + searches_web",
        "search_to_view": "viewers / searchers",
        "viewers": "views / views_per_viewer",
        "views": "views_android + views_ios + views_web",
        "view_to_checkout": "checkout_starters / viewers",
        "checkout_to_book": "bookers / checkout_starters",
    },
    "dau": {
        "signups": "signups_android + signups_ios + signups_web",
        **{
            f"signups_{platform}": f"signups_{platform}_us + signups_{platform}_in"
            f" + signups_{platform}_br + signups_{platform}_rest"
            for platform in ("android", "ios", "web")
        },
    },
}
"""More formulas, by tree and metric."""

INFLUENCES: dict[str, dict[str, tuple[str, ...]]] = {
    "nights_booked": {},
    "dau": {
        "retained_users": (
            *("app_opens", "posts", "friends_added", "minutes_per_user"),
            *("seconds_in_app", "crashes", "reports"),
        ),
        "resurrected_users": ("notifications_sent", "invites_sent"),
        "new_users": ("invites_sent", "friends_added"),
    },
}
"""More influences, by tree and parent."""


def count(name: str, event: str, condition: str | None = None) -> str:
    """A line of the file: how often an event happened."""
    where = f', filter: "{condition}"' if condition else ""
    return f"  {name}: {{agg: count, event: {event}{where}}}\n"


def ratio(name: str, numerator: str, denominator: str) -> str:
    """A line of the file: one metric over another."""
    return f"  {name}: {{type: ratio, numerator: {numerator}, denominator: {denominator}}}\n"


def by_country(platform: str) -> str:
    """Signups of one platform, country by country."""
    of = f"platform = '{platform}'"
    lines = count(f"signups_{platform}", "signup", of)
    for country in ("US", "IN", "BR"):
        name = f"signups_{platform}_{country.lower()}"
        lines += count(name, "signup", f"{of} AND country = '{country}'")
    rest = f"{of} AND COALESCE(country, '') NOT IN ('US', 'IN', 'BR')"
    return lines + count(f"signups_{platform}_rest", "signup", rest)


METRICS = {
    "nights_booked": (
        count("guest_cancellations", "booking_cancelled", f"{BY} = 'guest'")
        + count("host_cancellations", "booking_cancelled", f"{BY} = 'host'")
        + count("searches", "search")
        + count("views", "listing_viewed")
        + ratio("nights_per_guest_cancellation", "guest_cancelled_nights", "guest_cancellations")
        + ratio("nights_per_host_cancellation", "host_cancelled_nights", "host_cancellations")
        + ratio("value_per_booking", "booking_value", "bookings")
        + ratio("searches_per_searcher", "searches", "searchers")
        + ratio("views_per_viewer", "views", "viewers")
        + "".join(
            count(f"{name}_{platform}", event, f"platform = '{platform}'")
            for name, event in (("searches", "search"), ("views", "listing_viewed"))
            for platform in ("android", "ios", "web")
        )
        + "".join(
            count(
                f"guest_cancellations_{name}",
                "booking_cancelled",
                f"{BY} = 'guest' AND platform {which}",
            )
            for name, which in (("app", "<> 'web'"), ("web", "= 'web'"))
        )
    ),
    "dau": count("friends_added", "friend_added")
    + "".join(by_country(platform) for platform in ("android", "ios", "web")),
}
"""More metrics, by tree, as they stand in the file."""


def larger_tree(name: str, *, only_partials: bool = False) -> MetricTree:
    """A bundled tree with four dimensions and at least forty metrics below its focus.

    Args:
        name: of the tree.
        only_partials: without influences and guardrails that rollups leave to plain SQL, which
            are percentiles, funnels, conversions and sessions.
    """

    def grown(text: str) -> str:
        return text.replace("\nmetrics:\n", f"\nmetrics:\n{METRICS[name]}", 1)

    tree = tree_of(name, (*DIMENSIONS, FOURTH[name]), grown)
    metrics = {each: _with_edges(metric, name) for each, metric in tree.metrics.items()}
    if only_partials:
        slow = {each for each, metric in metrics.items() if _is_left_to_sql(metric)}
        metrics = {each: _without_edges_to(slow, metric) for each, metric in metrics.items()}
    return replace(tree, metrics=metrics)


def _with_edges(metric: Metric, tree: str) -> Metric:
    formula = COMPONENTS[tree].get(metric.name)
    views = metric.components
    if formula is not None:
        views = (ComponentView(name="components", formula=parse_formula(formula)),)
    more = INFLUENCES[tree].get(metric.name, ())
    influences = (*metric.influences, *(Influence(metric=each) for each in more))
    return replace(metric, components=views, influences=influences)


def _without_edges_to(names: Collection[str], metric: Metric) -> Metric:
    return replace(
        metric,
        influences=tuple(edge for edge in metric.influences if edge.metric not in names),
        guardrails=tuple(each for each in metric.guardrails if each.metric not in names),
    )


def _is_left_to_sql(metric: Metric) -> bool:
    if isinstance(metric, Simple):
        return metric.agg in ("percentile", "median")
    return isinstance(metric, (Conversion, Funnel, Sessions))
