"""The lines of a tree file that define one thing, as they stand."""

from metric_tui.base.problems import Path
from metric_tui.loading.document import Document


def excerpt(document: Document, path: Path) -> tuple[int, str]:
    """The first line (from 1) and the text of what stands at a path, blank ends cut off.

    An empty text where nothing stands there.
    """
    key, value = document.key_span(path), document.value_span(path)
    if key is None or value is None or document.node(path) is None:
        return 1, ""
    lines = document.text.splitlines()[key.line - 1 : value.end_line]
    # a block's end is where the next key begins, which is not part of it
    if (
        len(lines) > 1
        and value.end_column == 1
        and value.end_line <= len(document.text.splitlines())
    ):
        lines = lines[:-1]
    while len(lines) > 1 and (not lines[-1].strip() or lines[-1].lstrip().startswith("#")):
        lines.pop()
    indent = len(lines[0]) - len(lines[0].lstrip()) if lines else 0
    return key.line, "\n".join(line[indent:] if line[:indent].isspace() else line for line in lines)
