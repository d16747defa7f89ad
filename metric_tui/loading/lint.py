"""Warnings about a tree that can be computed but may mislead."""

from __future__ import annotations

from metric_tui.loading.checks.file import Check

LINTS: tuple[Check, ...] = ()
