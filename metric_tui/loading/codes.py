"""The codes of problems: what each says, and whether it can be silenced."""

from __future__ import annotations

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
}
"""Each stops the metric it stands in, or the file where it stands in none."""

WARNINGS: dict[str, str] = {
    "bad-name": "a metric's name cannot be used in formulas",
    "key-without-effect": "a key says nothing on a metric of that type",
    "unused-input": "an input of a derived metric is not used by its `expr`",
    "orphan-metric": "a metric is reached from nowhere in the tree",
    "no-counter-metric": "nothing holds the focus in check",
    "no-owner": "nobody answers for the focus or a direct driver",
    "ratio-focus": "the focus is a ratio",
    "vanity-metric": "a total since ever is the focus, or has a target",
    "only-lagging": "every metric of a branch lags",
    "too-many-children": "a metric has more than 7 drivers",
    "too-many-levels": "a metric lies more than 5 levels below the focus",
    "distinct-added": "distinct counts are added that may count the same ones twice",
    "dead-event": "the store never has an event that is named",
}
"""Each can be silenced on its metric by `meta: {ignore: [code]}`."""
