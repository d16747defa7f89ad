"""The questions the editor asks before text could be lost."""

from metric_tui.tui.screens.choice import Answer, ChoiceScreen, Difference


def conflict_screen(name: str, *, on_disk: str, mine: str) -> ChoiceScreen:
    """The file changed on disk: gives `reload` or `keep`."""
    return ChoiceScreen(
        "The file changed on disk",
        f"{name} is no longer the file you opened: another program wrote it. Nothing is saved yet.",
        (
            Answer("r", "reload it; Ctrl+Z brings your text back", "reload"),
            Answer("k", "keep mine and overwrite the file", "keep"),
        ),
        difference=Difference(on_disk, mine, f"{name} on disk", f"{name} as edited"),
    )


def recovery_screen(name: str, *, saved: str, recovered: str) -> ChoiceScreen:
    """Unsaved text of an earlier session: gives `restore` or `discard`."""
    return ChoiceScreen(
        "Unsaved text from last time",
        f"An earlier session ended before its changes to {name} were saved.",
        (
            Answer("r", "restore it; the file stays as it is until you save", "restore"),
            Answer("x", "discard it", "discard"),
        ),
        difference=Difference(saved, recovered, name, f"{name} unsaved"),
    )


def leave_screen(name: str, *, saved: str, mine: str) -> ChoiceScreen:
    """Leaving with unsaved changes: gives `save`, `discard` or `stay`."""
    return ChoiceScreen(
        "Unsaved changes",
        f"Your changes to {name} are not saved.",
        (
            Answer("s", "save and leave", "save"),
            Answer("x", "leave without saving", "discard"),
            Answer("c", "continue editing", "stay"),
        ),
        difference=Difference(saved, mine, name, f"{name} as edited"),
    )


def errors_screen(name: str, errors: int) -> ChoiceScreen:
    """Saving a text with errors: gives `save` or `look`."""
    count = "1 error" if errors == 1 else f"{errors} errors"
    return ChoiceScreen(
        f"{count} in the text",
        f"{name} can be saved as it is. What cannot be read is shown as it was last, until it is "
        "mended.",
        (
            Answer("l", f"look at the first of {count}" if errors > 1 else "look at it", "look"),
            Answer("s", "save anyway", "save"),
        ),
    )
