"""A terminal explorer of metric trees: what moved the focus metric, and why."""

__version__ = "0.2.0"
