"""With a rule broken on purpose the demo fails, each way of breaking it by its own figure."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from io import StringIO

import pytest
from rich.console import Console

from contract.decisions import Decision
from contract.facts import Facts, HubSpotByEmail, SalesforceByEmail, Unanswered
from contract.mappings import MappingRule
from contract.records import Side
from contract.settings import CreateAs, Settings
from diptych import demo, lookout
from diptych.demo import afternoon, morning
from diptych.demo.hands import HubSpotHands, SalesforceHands
from diptych.demo.script import Scene
from rules import decide
from tests.acceptance.demo.ports import free_port

Decide = Callable[[Facts, Settings], Decision]
_MIRRORED = {
    MappingRule.PREFER_SALESFORCE: MappingRule.PREFER_HUBSPOT,
    MappingRule.TWO_WAY: MappingRule.ALWAYS_SALESFORCE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """How a day ended."""

    code: int
    figures: dict[str, float]
    words: str


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Played]:
    """Plays some scenes by other rules."""
    monkeypatch.setattr(demo, "_PATIENCE", 12.0)

    def played(rules: Decide, scenes: Sequence[Callable[[], Scene]]) -> Played:
        monkeypatch.setattr(lookout, "decide", lambda facts, settings, own: _anew(rules, facts, settings))
        monkeypatch.setattr(demo, "the_day", lambda: [scene() for scene in scenes])
        words = StringIO()
        console = Console(file=words, width=200)
        code = demo.run(console=console, headless=True, port=free_port(), seed=1, wait=lambda: None)
        figures = json.loads(capsys.readouterr().out.strip().splitlines()[-1])
        return Played(code=code, figures=figures, words=words.getvalue())

    return played


def _anew(rules: Decide, facts: Facts, settings: Settings) -> Decision:
    """Decide from the start each time: going on would go on with the real rules."""
    try:
        return rules(facts, settings)
    except Unanswered as need:
        need.go_on = None
        raise


def dropping_phones(facts: Facts, settings: Settings) -> Decision:
    """No phone number is ever written to Salesforce."""
    decision = decide(facts, settings)
    writes = tuple(
        replace(
            write,
            values={name: value for name, value in write.values.items() if name != "Phone"},
            pairs={key: pair for key, pair in write.pairs.items() if key != "phone"},
        )
        for write in decision.writes
    )
    return replace(decision, writes=tuple(write for write in writes if write.values))


def preferring_the_wrong_side(facts: Facts, settings: Settings) -> Decision:
    """HubSpot where Salesforce is preferred, Salesforce where the most recent edit should win."""
    rows = tuple(replace(row, rule=_MIRRORED.get(row.rule, row.rule)) for row in settings.mappings)
    return decide(facts, replace(settings, mappings=rows))


def matching_nobody(facts: Facts, settings: Settings) -> Decision:
    """Nobody is ever found by e-mail, so everybody is created again."""
    while True:
        try:
            return decide(facts, settings)
        except Unanswered as need:
            others = [q for q in need.questions if not isinstance(q, HubSpotByEmail | SalesforceByEmail)]
            if others:
                raise Unanswered(*others) from None
            facts = facts.knowing(dict.fromkeys(need.questions, ()))


def creating_nothing(facts: Facts, settings: Settings) -> Decision:
    """No record is ever created in Salesforce."""
    return decide(facts, replace(settings, create_as=CreateAs.NONE, create_as_when=()))


def ignoring_hubspot(facts: Facts, settings: Settings) -> Decision:
    """Nothing is ever written to HubSpot."""
    decision = decide(facts, settings)
    kept = tuple(write for write in decision.writes if write.side is not Side.HUBSPOT)
    return replace(decision, writes=kept)


def meeting_twice() -> Scene:
    """Of the scene of refusals, only the person who is entered on both sides meanwhile."""
    refusals = afternoon.bad_value()
    (step,) = [step for step in refusals.steps if step.email == "mila@day.example"]

    def while_refused(h: HubSpotHands, s: SalesforceHands) -> None:
        s.refuse(2)
        step.act(h, s)

    return replace(refusals, steps=[replace(step, act=while_refused)], dead_letters=0)


BROKEN: dict[Decide, tuple[Sequence[Callable[[], Scene]], str]] = {
    dropping_phones: ((morning.arrivals, afternoon.burst), "lost"),
    preferring_the_wrong_side: ((morning.arrivals, morning.sellers_arrivals, morning.edits), "lost"),
    matching_nobody: ((meeting_twice,), "duplicates"),
    creating_nothing: ((morning.arrivals,), "lost"),
    ignoring_hubspot: ((morning.arrivals, morning.sellers_arrivals), "lost"),
}


@pytest.mark.parametrize("rules", BROKEN, ids=lambda rules: rules.__name__)
def test_a_broken_rule_ends_the_demo_with_exit_code_1(rules: Decide, play: Callable[..., Played]) -> None:
    scenes, figure = BROKEN[rules]
    played = play(rules, scenes)
    assert (played.code, played.figures[figure] > 0) == (1, True), played.words[-3000:]


def test_the_same_scenes_by_the_real_rules_end_well(play: Callable[..., Played]) -> None:
    played = play(decide, (morning.arrivals, morning.sellers_arrivals, meeting_twice))
    assert played.code == 0, played.words[-3000:]
