"""The codes of problems: what each says, and whether it can be silenced."""

from __future__ import annotations

from typing import NamedTuple

ERRORS: dict[str, str] = {
    "not-yaml": "the text is no YAML",
    "empty-file": "the file has no content",
    "too-large": "the file has more characters than are read",
    "too-deep": "the file is nested too deep",
    "several-documents": "the file holds more than one YAML document",
    "duplicate-key": "a key stands twice in one mapping",
    "unknown-alias": "an alias repeats what is not there, or itself",
    "too-many-aliases": "aliases repeat too much of the file",
    "unknown-tag": "a YAML tag asks for more than plain values",
    "unknown-key": "a key has no meaning where it stands",
    "missing-key": "a key that is needed is not there",
    "wrong-type": "a value is of another type than its key takes",
    "unknown-value": "a word is none of those its key takes",
    "bad-value": "a value is out of range, or does not fit those beside it",
    "key-conflict": "two keys cannot stand together",
    "bad-version": "the file is in another version of the language",
    "bad-date": "a date or time cannot be read",
    "bad-duration": "a duration cannot be read, or is none that fits",
    "bad-formula": "a formula over metrics cannot be read",
    "bad-fragment": "an SQL expression cannot be read, or holds more than expressions may",
    "bad-sql": "a statement cannot be read, or does more than read",
    "bad-format": "a number format cannot be read",
    "bad-time-format": "a format of times cannot be read",
    "unknown-timezone": "a time zone is not on the IANA list",
    "unknown-metric": "a metric is named that is not there",
    "unknown-source": "a source is named that is not there",
    "broken-source": "a metric's source has errors itself",
    "unknown-entity": "an entity is named that its source does not have",
    "unknown-dimension": "a dimension is named that its source does not have",
    "missing-focus": "the file does not say where the tree begins",
    "wrong-input": "a metric cannot be computed from a metric of that kind",
    "computation-cycle": "a metric is computed from itself",
    "component-cycle": "a metric is a component of itself",
    "unknown-table": "the store has no such table",
    "unknown-column": "the store has no such column",
    "unclear-target": "a target does not say for which days or which rows it holds",
}
"""Each stops the metric it stands in where that is computed from it, or the file where it stands in none."""


class Advice(NamedTuple):
    """What a warning says, and why it is worth saying."""

    says: str
    reason: str


WARNINGS: dict[str, Advice] = {
    "bad-name": Advice(
        "a metric's name cannot be used in formulas",
        "no formula can name it, so it can drive nothing",
    ),
    "key-without-effect": Advice(
        "a key says nothing on a metric of that type", "whoever wrote it expects it to do something"
    ),
    "unused-input": Advice(
        "an input of a derived metric is not used by its `expr`",
        "it is a leftover, or missing from the formula",
    ),
    "unknown-code": Advice(
        "`ignore` holds a word that is no warning's code", "it silences nothing"
    ),
    "unknown-category": Advice(
        "a category is near one of the field's and not the same",
        "one slip makes a category of its own; other words of your own are fine",
    ),
    "orphan-metric": Advice(
        "a metric is reached from nowhere in the tree",
        "nobody sees it, or what it was meant to drive",
    ),
    "no-counter-metric": Advice(
        "nothing holds the focus in check",
        "what is pushed alone is pushed at the cost of something else",
    ),
    "undriven-focus": Advice(
        "the focus has neither components nor influences", "a tree without drivers explains nothing"
    ),
    "no-owner": Advice(
        "nobody answers for the focus or a direct driver",
        "a number without an owner moves and nobody acts",
    ),
    "ratio-focus": Advice(
        "the focus is a ratio, an average or a conversion",
        "it also rises when less is done: the denominator falls, or the worst leave",
    ),
    "vanity-metric": Advice(
        "a total since ever that only rises is the focus, or has a target",
        "it looks well whatever happens",
    ),
    "only-lagging": Advice(
        "every metric of a branch lags, or the focus and all its drivers do",
        "it shows a change when it is too late to act",
    ),
    "too-many-children": Advice(
        "a metric has more than 7 drivers", "nobody weighs more than a handful at once"
    ),
    "too-many-levels": Advice(
        "a metric lies more than 5 levels below the focus",
        "what is that far away is seen to matter by nobody",
    ),
    "too-many-targets": Advice(
        "more than 7 metrics have targets", "what has many goals has no priority"
    ),
    "past-target": Advice(
        "a target's last day is over", "it is judged for good, and nothing is aimed at any more"
    ),
    "undated-target": Advice("a target has no last day", "without a date nobody can be late"),
    "easy-target": Advice(
        "a target is met from the start, or was met in every period there is",
        "nobody could have missed it, so it asks for nothing",
    ),
    "distinct-added": Advice(
        "distinct counts are added that may count the same ones twice",
        "who stands in both is one person and counts as two",
    ),
    "event-column": Advice(
        "a source names no `event_column`, and one was found; told as information",
        "the name may be another column's, and a file that says so needs no guess",
    ),
    "dead-event": Advice(
        "the store never has an event that is named",
        "the metric is 0 for ever, most likely by a slip of the name",
    ),
    "too-slow": Advice(
        "the store took too long, so events were not checked",
        "a name that it does not have would go unnoticed",
    ),
    "store-unread": Advice(
        "the store cannot be read, so columns and events were not checked",
        "a name that it does not have would go unnoticed",
    ),
}
"""Each can be silenced by `meta: {ignore: [code]}`, on its metric or at the top of the file."""

DATA_WARNINGS: dict[str, Advice] = {
    "unread-source": Advice("the rows of a source cannot be read", "every metric of it shows `--`"),
    "mixed-times": Advice(
        "a time column holds several forms of time",
        "each row is converted by itself, which is slow and hides slips",
    ),
    "no-time-yet": Advice(
        "rows have no time yet; told as information, which fails nothing",
        "no period counts them until they have one",
    ),
    "unreadable-times": Advice("rows have no time that can be read", "no period counts them"),
    "not-computed": Advice("a metric cannot be computed", "it shows `--` wherever it stands"),
    "no-data": Advice(
        "a metric is null or 0 in every period",
        "a leaf that never measures anything explains nothing",
    ),
    "open-relation": Advice(
        "components do not give their metric in some period",
        "a relation that is not exact splits a change wrongly",
    ),
    "share-beyond": Advice(
        "a share lies below 0 or above 100 % in some period",
        "its two sides do not count the same rows and days, or it is no share",
    ),
    "uneven-segments": Advice(
        "segments of a sum do not add up to the whole",
        "a joined source has several rows for one key, or none",
    ),
}
"""What `check --data` finds beside `vanity-metric` and `easy-target`; all but information make its exit code 1."""
