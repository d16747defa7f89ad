"""Saving a what-if in the tree file: one entry of `scenarios`, everything else as it stands."""

from metric_tui.definitions.edges import Scenario
from metric_tui.loading.document import Document
from metric_tui.loading.edit import insert_key, set_value
from metric_tui.loading.entries import first_that_fits
from metric_tui.loading.flow_text import flow_text, key_text


def with_scenario(document: Document, scenario: Scenario) -> str:
    """The text with a scenario under its name, in place of the one that had it.

    Raises:
        DefinitionError: the file is written in a way that this edit does not fit.
    """
    path = ("scenarios", scenario.name)
    block, one_line = _block(scenario), flow_text(_said(scenario))
    if document.node(path) is not None:
        return first_that_fits(lambda text: set_value(document, path, text), block, one_line)
    name = key_text(scenario.name)
    if document.node(("scenarios",)) is None:
        below = "".join(f"\n  {row}" for row in block.splitlines())
        texts = (f"{name}:{below}", f"{{{name}: {one_line}}}")
        return first_that_fits(lambda text: insert_key(document, (), "scenarios", text), *texts)
    return first_that_fits(
        lambda text: insert_key(document, ("scenarios",), scenario.name, text), block, one_line
    )


def _block(scenario: Scenario) -> str:
    return "\n".join(f"{key}: {flow_text(value)}" for key, value in _said(scenario).items())


def _said(scenario: Scenario) -> dict[str, object]:
    """What the scenario says, without what it leaves open."""
    said = {
        "levers": [{"metric": lever.metric, "change": lever.change} for lever in scenario.levers],
        "on": scenario.on.isoformat() if scenario.on else None,
        "grain": scenario.grain,
        "description": scenario.description,
    }
    return {key: value for key, value in said.items() if value is not None}
