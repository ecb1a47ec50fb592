"""Pure decisions about one person: no I/O, no clock, no randomness, no logging."""

from rules.engine import RULES, decide

__all__ = ["RULES", "decide"]
