"""Trees over real event stores: identities close, and values equal those of SQL written by hand."""

import gzip
import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path

import pytest

from metric_tui.base.periods import Grain
from metric_tui.cli.main import call
from metric_tui.planning.question import Question
from metric_tui.workspace import Workspace
from tests.cases.asking import SHARED

TREES = Path(__file__).parent / "trees"
NAMES = ("yammer", "crossvalidated", "online_retail", "collegemsg")


@pytest.fixture(scope="session")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    folder = tmp_path_factory.mktemp("stores")
    for name in NAMES:
        packed = SHARED / "data" / f"{name}.db.gz"
        if not packed.exists():
            pytest.skip("the shared stores are not here")
        with gzip.open(packed) as read, (folder / f"{name}.db").open("wb") as write:
            shutil.copyfileobj(read, write)
    return {name: folder / f"{name}.db" for name in NAMES}


@contextmanager
def opened(name: str, stores: Mapping[str, Path]) -> Iterator[Workspace]:
    workspace = Workspace.open(TREES / f"{name}.yaml", store=str(stores[name]))
    try:
        yield workspace
    finally:
        workspace.close()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("grain", ["week", "month"])
def test_every_metric_is_computed_and_identities_close(
    name: str, grain: Grain, unpacked: Mapping[str, Path]
) -> None:
    with opened(name, unpacked) as workspace:
        metrics = tuple(workspace.tree.metrics)
        answer = workspace.answer(Question(grain=grain, last=12, metrics=metrics, running=True))
    checked = 0
    for metric, found in answer.metrics.items():
        assert found.error is None, (metric, found.error)
        for identity in found.identities:
            for residual, value in zip(identity.residual, found.total.values, strict=True):
                if residual is not None and value is not None:
                    assert abs(residual) <= 1e-9 * max(1.0, abs(value)), (metric, identity.view)
                    checked += 1
    assert checked > 10


def answered(workspace: Workspace, metric: str, grain: Grain, start: str, end: str) -> list[float]:
    question = Question(
        grain=grain,
        start=date.fromisoformat(start),
        end=date.fromisoformat(end),
        compare="none",
        metrics=(metric,),
    )
    found = workspace.answer(question).metrics[metric]
    assert found.error is None, found.error
    return [value or 0.0 for value in found.total.values]


ENGAGED = "FROM events WHERE event_type = 'engagement'"
WEEK = "date(occurred_at, 'weekday 0', '-6 days')"

LONDON_MONTH = (
    "strftime('%Y-%m',"
    " (ts + CASE WHEN ts >= 1301187600000 THEN 3600000 ELSE 0 END) / 1000, 'unixepoch')"
)
POSTS = (
    "posts AS MATERIALIZED (SELECT user_id, ts, substr(ts, 1, 7) AS month FROM events"
    " WHERE event IN ('question_asked', 'answer_posted') AND ts >= '2013-01-01' AND ts < '2013-06-01')"
)

BY_HAND = (
    pytest.param(
        "yammer",
        "engaged_users",
        "week",
        ("2014-05-05", "2014-08-31"),
        f"SELECT COUNT(DISTINCT user_id) {ENGAGED} AND occurred_at >= '2014-05-05'"
        f" GROUP BY {WEEK} ORDER BY {WEEK}",
        id="distinct-by-week",
    ),
    pytest.param(
        "yammer",
        "new_users",
        "week",
        ("2014-05-05", "2014-08-31"),
        f"SELECT COUNT(*) FROM (SELECT user_id, MIN({WEEK}) AS week {ENGAGED} GROUP BY 1)"
        " WHERE week >= '2014-05-05' GROUP BY week ORDER BY week",
        id="new-by-week",
    ),
    pytest.param(
        "yammer",
        "churned_users",
        "week",
        ("2014-05-12", "2014-08-24"),
        f"WITH seen AS (SELECT DISTINCT {WEEK} AS week, user_id {ENGAGED})"
        " SELECT COUNT(*) FROM seen AS a WHERE week BETWEEN '2014-05-05' AND '2014-08-11'"
        " AND NOT EXISTS (SELECT 1 FROM seen AS b WHERE b.user_id = a.user_id"
        " AND b.week = date(a.week, '+7 days')) GROUP BY week ORDER BY week",
        id="churned-by-week",
    ),
    pytest.param(
        "yammer",
        "opens",
        "month",
        ("2014-05-01", "2014-08-31"),
        "SELECT COUNT(*) FROM emails WHERE action = 'email_open'"
        " GROUP BY substr(occurred_at, 1, 7) ORDER BY substr(occurred_at, 1, 7)",
        id="count-by-month",
    ),
    pytest.param(
        "crossvalidated",
        "score",
        "month",
        ("2014-01-01", "2014-08-31"),
        "SELECT SUM(json_extract(properties, '$.score')) FROM events"
        " WHERE event IN ('question_asked', 'answer_posted')"
        " AND ts >= '2014-01-01' AND ts < '2014-09-01' GROUP BY substr(ts, 1, 7) ORDER BY substr(ts, 1, 7)",
        id="json-sum",
    ),
    pytest.param(
        "crossvalidated",
        "first_post",
        "month",
        ("2013-01-01", "2013-03-31"),
        f"WITH {POSTS}, starts AS (SELECT user_id, MIN(ts) AS ts, substr(MIN(ts), 1, 7) AS month"
        " FROM events WHERE event = 'signed_up' AND ts >= '2013-01-01' AND ts < '2013-04-01'"
        " GROUP BY 1) SELECT AVG(EXISTS (SELECT 1 FROM posts AS p WHERE p.user_id = s.user_id"
        " AND julianday(p.ts) BETWEEN julianday(s.ts) AND julianday(s.ts) + 7))"
        " FROM starts AS s GROUP BY month ORDER BY month",
        id="funnel-by-month",
    ),
    pytest.param(
        "crossvalidated",
        "month1_retention",
        "month",
        ("2013-01-01", "2013-03-31"),
        f"WITH {POSTS}, starts AS (SELECT user_id, substr(MIN(ts), 1, 7) AS month"
        " FROM events WHERE event = 'signed_up' GROUP BY 1) SELECT AVG(EXISTS (SELECT 1"
        " FROM posts AS p WHERE p.user_id = s.user_id"
        " AND p.month = substr(date(s.month || '-01', '+1 month'), 1, 7))) FROM starts AS s"
        " WHERE month BETWEEN '2013-01' AND '2013-03' GROUP BY month ORDER BY month",
        id="retention-by-month",
    ),
    pytest.param(
        "online_retail",
        "net_revenue",
        "month",
        ("2011-01-01", "2011-03-26"),
        "SELECT SUM(quantity * unit_price) FROM order_lines WHERE event IN ('sale', 'return')"
        " AND ts >= 1293840000000 AND ts < 1301612400000"
        f" GROUP BY {LONDON_MONTH} ORDER BY {LONDON_MONTH}",
        id="revenue-over-a-clock-change",
    ),
    pytest.param(
        "collegemsg",
        "senders",
        "day",
        ("2004-05-01", "2004-05-31"),
        "SELECT COUNT(DISTINCT user_id) FROM messages"
        " WHERE date(ts - 25200, 'unixepoch') BETWEEN '2004-05-01' AND '2004-05-31'"
        " GROUP BY date(ts - 25200, 'unixepoch') ORDER BY date(ts - 25200, 'unixepoch')",
        id="distinct-by-local-day",
    ),
)


@pytest.mark.parametrize(("name", "metric", "grain", "days", "statement"), BY_HAND)
def test_values_equal_those_of_sql_written_by_hand(
    name: str,
    metric: str,
    grain: Grain,
    days: tuple[str, str],
    statement: str,
    unpacked: Mapping[str, Path],
) -> None:
    with closing(sqlite3.connect(unpacked[name])) as connection:
        expected = [row[0] for row in connection.execute(statement)]
    with opened(name, unpacked) as workspace:
        found = answered(workspace, metric, grain, *days)
    assert len(expected) >= 3
    assert found == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_the_data_say_nothing_against_the_tree(name: str, unpacked: Mapping[str, Path]) -> None:
    arguments = ["check", "--data", "--strict", "--store", str(unpacked[name])]
    assert call([*arguments, str(TREES / f"{name}.yaml")]) == 0
