"""YAML text to a tree of nodes with places; nothing is constructed, resolved twice or expanded.

Read from the parser's events rather than composed by PyYAML, so that duplicate keys, aliases,
tags and depth are seen where they stand. Of YAML 1.1's readings of plain words only `true`,
`false`, `null`, whole and decimal numbers are kept: `on`, `no`, `1:30` and `012` stay text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from metric_tui.loading.nodes import Alias, Mapping, Node, Scalar, ScalarKind, Sequence, Solid
from metric_tui.loading.yaml_faults import DEPTH_LIMIT, YamlFault, fault_of, too_deep

ALIAS_LIMIT = 1_000
"""How many parts may be reached through aliases, counting each as often as it is reached."""

_INT = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|(0|[1-9][0-9]*)(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_PROPERTIES = re.compile(r"(?:[&!][^\s,\[\]{}]*(?:[ \t]+|\r?\n\s*))*")
_TAG = re.compile(r"[&!][^\s,\[\]{}]*")
_CORE_TAGS: dict[str, ScalarKind] = {
    "!": "text",
    "tag:yaml.org,2002:str": "text",
    "tag:yaml.org,2002:int": "int",
    "tag:yaml.org,2002:float": "float",
    "tag:yaml.org,2002:bool": "bool",
    "tag:yaml.org,2002:null": "null",
}
_COLLECTION_TAGS = ("!", "tag:yaml.org,2002:seq", "tag:yaml.org,2002:map")


def kind_of(word: str) -> ScalarKind:
    """How a plain scalar is read."""
    if word in ("true", "false", "True", "False", "TRUE", "FALSE"):
        return "bool"
    if word in ("", "~", "null", "Null", "NULL"):
        return "null"
    if _INT.fullmatch(word):
        return "int"
    return "float" if _FLOAT.fullmatch(word) else "text"


@dataclass(slots=True)
class _Open:
    """A list or mapping whose end has not come yet; a mapping's parts are key, value, key, ..."""

    event: Any
    is_mapping: bool
    parts: list[Node] = field(default_factory=list)


@dataclass(slots=True)
class Composer:
    """Builds the tree; `faults` holds what is wrong but does not stop the reading."""

    text: str
    faults: list[YamlFault] = field(default_factory=list)
    open: list[_Open] = field(default_factory=list)
    anchors: dict[str, Solid] = field(default_factory=dict)
    weights: dict[int, int] = field(default_factory=dict)
    expanded: int = 0
    root: Node | None = None

    def compose(self) -> Node | None:
        """The root node, None for a document without content.

        Raises:
            YamlFault: the text cannot be read as one YAML document.
        """
        documents = 0
        for event in _events(self.text):
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise _second_document(event)
            else:
                self.accept(event)
        return self.root

    def accept(self, event: Any) -> None:
        """Take in one event."""
        kind = type(event)
        if kind is yaml.ScalarEvent:
            self.place(self.scalar(event), event.anchor)
        elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
            self.begin(event)
        elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
            self.finish(event)
        elif kind is yaml.AliasEvent:
            self.place(self.alias(event), None)

    def place(self, node: Node, anchor: str | None) -> None:
        """Hang a finished node under the innermost open one."""
        if anchor is not None and not isinstance(node, Alias):
            self.anchors[anchor] = node
        if self.open:
            self.open[-1].parts.append(node)
        else:
            self.root = node

    def scalar(self, event: Any) -> Scalar:
        """A scalar, its place without anchor and tag."""
        start, end = event.start_mark.index, event.end_mark.index
        style = event.style or ""
        if event.anchor is not None or event.tag is not None:
            start = self._after_properties(start, end)
        if style in ("|", ">"):
            end = start + len(self.text[start:end].rstrip())
        kind: ScalarKind = kind_of(event.value) if not style else "text"
        if event.tag is not None:
            kind = self._tagged(event, kind)
        return Scalar(start, max(start, end), event.value, style, kind)

    def _after_properties(self, start: int, end: int) -> int:
        found = _PROPERTIES.match(self.text, start, end)
        return found.end() if found else start

    def _tagged(self, event: Any, plain: ScalarKind) -> ScalarKind:
        kind = _CORE_TAGS.get(event.tag)
        if kind is None or (kind != "text" and kind_of(event.value) != kind):
            self.faults.append(self.unknown_tag(event))
            return plain
        return kind

    def begin(self, event: Any) -> None:
        """Open a list or mapping."""
        if len(self.open) >= DEPTH_LIMIT:
            raise too_deep(event.start_mark.index, event.end_mark.index)
        if event.tag is not None and event.tag not in _COLLECTION_TAGS:
            self.faults.append(self.unknown_tag(event))
        self.open.append(_Open(event, isinstance(event, yaml.MappingStartEvent)))

    def finish(self, event: Any) -> None:
        """Close the innermost list or mapping."""
        closed = self.open.pop()
        opening = closed.event
        is_flow = bool(opening.flow_style)
        start = opening.start_mark.index
        if opening.anchor is not None or opening.tag is not None:
            start = self._after_properties(start, event.end_mark.index)
        # a block's own end mark lies beyond the blanks and comments that follow it
        end = event.end_mark.index if is_flow else max([start, *(p.end for p in closed.parts)])
        node: Solid
        if closed.is_mapping:
            node = Mapping(start, end, tuple(self._entries(closed.parts)), is_flow)
        else:
            node = Sequence(start, end, tuple(closed.parts), is_flow)
        self.weights[id(node)] = 1 + sum(self._weight(part) for part in closed.parts)
        self.place(node, opening.anchor)

    def _weight(self, part: Node) -> int:
        if isinstance(part, Alias):
            part = part.target
        return self.weights.get(id(part), 1)

    def _entries(self, parts: list[Node]) -> Iterator[tuple[Scalar, Node]]:
        seen: set[str] = set()
        for key, value in zip(parts[::2], parts[1::2], strict=True):
            if isinstance(key, Alias):
                key = key.target
            if not isinstance(key, Scalar):
                self.fault("wrong-type", "a key must be a word", key)
            elif key.text in seen:
                self.fault("duplicate-key", f"the key `{key.text}` stands here twice", key)
            else:
                seen.add(key.text)
                yield key, value

    def fault(self, code: str, message: str, key: Node) -> None:
        """Note a fault of a key, with the metric it lies in."""
        keys = [entry.parts[-1] for entry in self.open[:3] if len(entry.parts) % 2]
        names = [word.text for word in (*keys, key) if isinstance(word, Scalar)]
        metric = names[1] if names[0:1] == ["metrics"] and len(names) > 1 else None
        hint = "keep one of them" if code == "duplicate-key" else None
        within = names[2] if metric and len(names) > 2 else None
        self.faults.append(YamlFault(code, message, key.start, key.end, hint, metric, within))

    def unknown_tag(self, event: Any) -> YamlFault:
        """A tag that asks for more than plain values."""
        start = event.start_mark.index
        written = _TAG.match(self.text, start)
        word = event.tag.replace("tag:yaml.org,2002:", "!!")
        end = written.end() if written else start + 1
        message = f"the tag `{word[:60]}` has no meaning here"
        return YamlFault("unknown-tag", message, start, end, "remove it")

    def alias(self, event: Any) -> Alias:
        """What an alias stands for; anchors still open cannot be used inside themselves."""
        start, end = event.start_mark.index, event.end_mark.index
        target = self.anchors.get(event.anchor)
        if target is None:
            message = f"no part before this is marked `&{event.anchor}`"
            if any(entry.event.anchor == event.anchor for entry in self.open):
                message = f"`*{event.anchor}` stands inside the part that it repeats"
            raise YamlFault("unknown-alias", message, start, end)
        self.expanded += self._weight(target)
        if self.expanded > ALIAS_LIMIT:
            raise YamlFault(
                "too-many-aliases",
                f"aliases repeat more than {ALIAS_LIMIT:,} parts of the file",
                start,
                end,
                "write the parts out, or repeat smaller ones",
            )
        return Alias(start, end, target)


def _second_document(event: Any) -> YamlFault:
    return YamlFault(
        "several-documents",
        "the file holds several documents, and one tree is one document",
        event.start_mark.index,
        event.end_mark.index,
        "put what follows `---` in a file of its own",
    )


def _events(text: str) -> Iterator[Any]:
    """The parser's events, the fast parser's where it is installed.

    Raises:
        YamlFault: the text is no YAML.
    """
    try:
        parser = _parser(text)
        while (event := parser.get_event()) is not None:
            yield event
            if isinstance(event, yaml.StreamEndEvent):
                return
    except (yaml.YAMLError, UnicodeError) as error:
        raise fault_of(error, text) from error


def _parser(text: str) -> Any:
    fast = getattr(yaml, "CSafeLoader", None)
    return (fast or yaml.SafeLoader)(text)
