"""The user's settings file: what can be read counts, and the rest is said with its line."""

from pathlib import Path

import pytest

from metric_tui.loading.configuration import Configuration, read_configuration


def read(tmp_path: Path, text: str) -> Configuration:
    path = tmp_path / "config.yaml"
    path.write_text(text, encoding="utf-8")
    return read_configuration(path)


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "keys:\ntheme:\n", "{}\n"])
def test_an_empty_file_asks_for_nothing(tmp_path: Path, text: str) -> None:
    assert read(tmp_path, text) == Configuration()


def test_no_file_asks_for_nothing(tmp_path: Path) -> None:
    assert read_configuration(tmp_path / "config.yaml") == Configuration()


def test_every_setting_is_read(tmp_path: Path) -> None:
    text = "theme: nord\nascii: true\ncolour: false\nlean: true\n"
    keys = "keys:\n  drill: z\n  find: [/, ctrl+f]\n  depth_1: 1\n  edit: y\n"
    assert read(tmp_path, text + keys) == Configuration(
        theme="nord",
        ascii=True,
        colour=False,
        lean=True,
        keys={"drill": ("z",), "find": ("/", "ctrl+f"), "depth_1": ("1",), "edit": ("y",)},
    )


@pytest.mark.parametrize(
    ("text", "line", "message", "hint"),
    [
        ("theme: nord\ncolor: false\n", 2, "`color` is no setting", "did you mean `colour`?"),
        ("sql: x\n", 1, "`sql` is no setting", "its keys are theme"),
        ("ascii: maybe\n", 1, "`ascii` must be true or false", None),
        ("theme: 3\n", 1, "`theme` must be text", None),
        ("theme: [nord]\n", 1, "`theme` must be text", None),
        ("keys: drill\n", 1, "`keys` must be names of actions", None),
        ("keys:\n  drill: {a: b}\n", 2, "`drill` must have a key", None),
        ("keys:\n  drill: []\n", 2, "`drill` must have a key", None),
        ("- theme\n", 1, "the file must be keys and values", "its keys are theme"),
        ("theme: a\ntheme: b\n", 2, "theme", None),
        ("theme: 'a\n", 1, "", None),
    ],
)
def test_what_is_no_setting_is_said_and_the_rest_is_kept(
    tmp_path: Path, text: str, line: int, message: str, hint: str | None
) -> None:
    found = read(tmp_path, text + "lean: true\n" if text[0] not in "-" else text)
    assert found.problems
    problem = found.problems[0]
    assert message in problem.message
    if hint is not None:
        assert hint in (problem.hint or "")
    if "'" not in text:
        assert problem.span is not None
        assert problem.span.line == line
        assert found.lean is (None if text[0] == "-" else True)


def test_bytes_that_are_no_text_are_one_problem(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_bytes(b"theme: \xff\xfe\n")
    (problem,) = read_configuration(path).problems
    assert "UTF-8" in problem.message
    (problem,) = read_configuration(tmp_path).problems
    assert "cannot be read" in problem.message
