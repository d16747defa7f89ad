"""The explorer's own colours: quiet surfaces, so that good and bad are what stands out."""

from textual.theme import Theme

from metric_tui.presentation.glyphs import ASCII, Glyphs

NIGHT = Theme(
    name="metric-night",
    primary="#7aa2f7",
    secondary="#7dcfff",
    accent="#e0af68",
    success="#9ece6a",
    warning="#e0af68",
    error="#f7768e",
    foreground="#c0caf5",
    background="#16161e",
    surface="#1a1b26",
    panel="#24283b",
    dark=True,
    variables={"border-blurred": "#3b4261", "text-dim": "#737aa2"},
)

DAY = Theme(
    name="metric-day",
    primary="#2e5aa8",
    secondary="#0f7490",
    accent="#8f5e15",
    success="#3f7a1f",
    warning="#8f5e15",
    error="#b3261e",
    foreground="#2b2f3a",
    background="#f7f7f5",
    surface="#ffffff",
    panel="#e6e8ef",
    dark=False,
    variables={"border-blurred": "#b8bccb", "text-dim": "#6b7080"},
)

THEMES = (NIGHT, DAY)


def line_variables(glyphs: Glyphs) -> dict[str, str]:
    """Return the variables of app.tcss that no theme has, for every app that reads it."""
    # frames and scroll bars are no letters of ours, so an ASCII terminal needs others
    if glyphs is ASCII:
        return {"frame": "ascii", "rule": "ascii", "bar": "0"}
    return {"frame": "round", "rule": "solid", "bar": "1"}
