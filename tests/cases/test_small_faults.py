"""Small inputs that people meet, each with an answer worked out by hand.

The cases stand in a file beside the repository: a store, a tree, what is done before, what is
asked, and what must come out.
"""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import ROOT, Ran, Run

FILE = ROOT.parent / "shared" / "cases" / "faults.yaml"
STORE = "case.db"

Case = Mapping[str, Any]


def cases() -> list[Any]:
    """The cases by name; one that is skipped where the file is not there."""
    if not FILE.is_file():
        skip = pytest.mark.skip(reason="the shared cases are not here")
        return [pytest.param({}, id="none", marks=skip)]
    found = yaml.load(FILE.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return [pytest.param(case, id=case["id"]) for case in found]


def set_up(case: Case) -> None:
    """Make the case's files in the current directory."""
    if case.get("store"):
        with closing(sqlite3.connect(STORE)) as store, store:
            for statement in case["store"]:
                store.execute(statement)
    if "tree" in case:
        Path("case.yaml").write_text(case["tree"], encoding="utf-8")
    if "file" in case:
        Path(case["file"]["name"]).write_bytes(case["file"]["text"].encode())


def asked(run: Run, words: list[str]) -> Ran:
    return run(*("case.yaml" if word == "TREE" else word for word in words))


def different_words(expected: Case, ran: Ran) -> Iterator[str]:
    said = ran.out + ran.err
    if "exit" in expected and ran.code != expected["exit"]:
        yield f"exit {ran.code}: {said[:300]}"
    for word in expected.get("says", ()):
        if str(word) not in said:
            yield f"does not say {word!r}: {said[:300]}"
    for word in expected.get("never_says", ()):
        if word in said:
            yield f"says {word!r}: {said[:300]}"
    for code, most in expected.get("count", {}).items():
        if said.count(f"[{code}]") > most:
            yield f"says {code!r} {said.count(f'[{code}]')} times"


def different_numbers(expected: Case, ran: Ran) -> Iterator[str]:
    if "series" not in expected and "question" not in expected:
        return
    answer = json.loads(ran.out)
    metrics = {metric["metric"]: metric for metric in answer["metrics"]}
    for name, periods in expected.get("series", {}).items():
        series = {str(each["period"]): each["value"] for each in metrics[name]["series"]}
        for period, value in periods.items():
            if series.get(str(period), "none") != pytest.approx(value, rel=1e-9, abs=1e-9):
                yield f"{name} {period}: {series.get(str(period))} {metrics[name]['error']}"
    for key, value in expected.get("question", {}).items():
        if str(answer["question"][key]) != str(value):
            yield f"{key}: {answer['question'][key]}"


def different_rows(expected: Case) -> Iterator[str]:
    for statement, rows in expected.get("sql", {}).items():
        with closing(sqlite3.connect(STORE)) as store:
            found = [list(row) for row in store.execute(statement)]
        if found != rows:
            yield f"{statement}: {found}"


@pytest.mark.parametrize("case", cases())
def test_the_answer_is_the_one_worked_out_by_hand(
    case: Case, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    set_up(case)
    for step in case.get("before", ()):
        if "sql" in step:
            with closing(sqlite3.connect(STORE)) as store, store:
                store.executescript(step["sql"])
        else:
            asked(run, step["run"])
    ran, expected = asked(run, case["ask"]), case["expect"]
    found = [
        *different_words(expected, ran),
        *different_numbers(expected, ran),
        *different_rows(expected),
    ]
    assert found == []
