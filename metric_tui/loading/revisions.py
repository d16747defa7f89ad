"""What a file was in an earlier revision of its git repository."""

import subprocess
from pathlib import Path

from metric_tui.base.errors import DefinitionError

SECONDS = 20
"""Git reads one file of a local repository in milliseconds; one that is stuck is given up."""


def text_at(path: Path, revision: str) -> str:
    """A file's text in a revision.

    Args:
        path: the file, which need not exist any more.
        revision: as git names it: a commit, branch or tag, `HEAD~3`, `main@{last week}`.

    Raises:
        DefinitionError: there is no git, no such revision, or the file was not in it.
    """
    target = path.resolve()
    hint = "--was takes a tree file, or a git revision of this one"
    # a word that begins with a dash would be an option of git, one with a colon another file
    if revision.startswith("-") or ":" in revision or not revision.strip():
        raise DefinitionError(f"`{revision}` is no file and no git revision", hint=hint)
    command = ["git", "cat-file", "blob", f"{revision}:./{target.name}"]
    try:
        done = subprocess.run(
            command,
            cwd=target.parent,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        message = f"there is no file `{revision}`, and git cannot be asked for that revision"
        raise DefinitionError(message, hint=hint) from error
    if done.returncode:
        message = (
            f"there is no file `{revision}`, and git has no `{target.name}` in such a revision"
        )
        raise DefinitionError(message, hint=hint)
    try:
        return done.stdout.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DefinitionError(f"`{target.name}` is not UTF-8 text in `{revision}`") from error
