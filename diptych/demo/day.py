"""One scripted day at a company called Nova: who does what, and what must be true afterwards.

The expectations are written by hand, change by change. The portal of the demo lets phone, mobile phone
and job title go by "most recent wins", every other field by the default, "prefer Salesforce unless blank".
"""

from __future__ import annotations

from diptych.demo import afternoon, morning
from diptych.demo.script import Scene


def the_day() -> list[Scene]:
    """All scenes in order."""
    return [
        morning.arrivals(),
        morning.sellers_arrivals(),
        morning.edits(),
        morning.clashes(),
        afternoon.burst(),
        afternoon.merges(),
        afternoon.after_merges(),
        afternoon.bad_value(),
        afternoon.endings(),
        afternoon.after_endings(),
    ]
