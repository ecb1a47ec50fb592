"""The comparer of the demo: each kind of failure is seen, and what CRMs do to values is not one."""

from __future__ import annotations

import ast
import inspect
from typing import Any

import pytest

from diptych.demo import comparer
from diptych.demo.comparer import Expect, Picture, diverged, duplicates, misses, picture, same

EMAIL = "ada@x.example"


def contact(
    email: str = EMAIL, *, archived: bool = False, merged: str | None = None, **properties: Any
) -> Any:
    return {"properties": {"email": email, **properties}, "archived": archived, "merged_into": merged}


def person(email: str = EMAIL, *, deleted: bool = False, converted: bool = False, **fields: Any) -> Any:
    return {"Email": email, "IsDeleted": deleted, "IsConverted": converted, **fields}


def seen(*contacts: Any, leads: tuple[Any, ...] = (), sf_contacts: tuple[Any, ...] = ()) -> Picture:
    return picture(contacts, leads, sf_contacts)


def expect(side: str = "salesforce", **values: Any) -> Expect:
    given = {name: values.pop(name) for name in ("count", "kind") if name in values}
    return Expect(side=side, email=EMAIL, values=values, **given)


def test_the_dead_are_no_part_of_the_picture() -> None:
    shown = seen(
        contact(archived=True),
        contact(merged="7"),
        leads=(person(deleted=True), person(converted=True)),
        sf_contacts=(person(deleted=True),),
    )
    assert (shown.contacts, shown.persons) == ([], [])


def test_an_expectation_that_holds_is_no_miss() -> None:
    shown = seen(contact(phone="1"), leads=(person(Phone=" 1 ", LastName="BYRON"),))
    assert misses([expect(Phone="1", LastName="Byron"), expect("hubspot", phone="1")], shown) == []


@pytest.mark.parametrize(
    ("expected", "sentence"),
    [
        (expect(Phone="2"), f"salesforce record {EMAIL}: Phone is '1' instead of '2'"),
        (expect(Title="CTO"), f"salesforce record {EMAIL}: Title is None instead of 'CTO'"),
        (expect(count=0), f"salesforce record {EMAIL}: 1 live instead of 0"),
        (expect(count=2), f"salesforce record {EMAIL}: 1 live instead of 2"),
        (expect(kind="Contact"), f"salesforce Contact {EMAIL}: 0 live instead of 1"),
        (expect("hubspot"), f"hubspot record {EMAIL}: 0 live instead of 1"),
    ],
)
def test_an_expectation_that_does_not_hold_is_one_sentence(expected: Expect, sentence: str) -> None:
    assert misses([expected, expect(Phone="1")], seen(leads=(person(Phone="1"),))) == [sentence]


def test_two_live_records_of_an_e_mail_are_a_duplicate_on_either_side_whatever_their_object() -> None:
    shown = seen(contact(), contact(" ADA@x.example"), leads=(person(),), sf_contacts=(person(),))
    assert duplicates(shown, {}) == [
        f"hubspot: 2 live records of {EMAIL}",
        f"salesforce: 2 live records of {EMAIL}",
    ]


def test_what_people_entered_twice_themselves_is_allowed_in_salesforce_up_to_that_number() -> None:
    shown = seen(leads=(person(), person()))
    assert duplicates(shown, {EMAIL: 2}) == []
    assert duplicates(seen(leads=(person(), person(), person())), {EMAIL: 2}) != []
    assert duplicates(seen(contact(), contact()), {EMAIL: 2}) != []


def test_records_without_an_e_mail_are_nobodys_duplicates() -> None:
    assert duplicates(seen(contact(""), contact(""), leads=(person(""), person(""))), {}) == []


@pytest.mark.parametrize(
    ("name", "lead", "mapped_for_contacts"),
    [
        ("firstname", "FirstName", "FirstName"),
        ("jobtitle", "Title", "Title"),
        ("phone", "Phone", "Phone"),
        ("city", "City", "MailingCity"),
        ("country", "Country", "MailingCountry"),
        ("company", "Company", None),
        ("annualrevenue", "AnnualRevenue", None),
    ],
)
def test_each_field_that_differs_is_seen_on_leads_and_contacts(
    name: str, lead: str, mapped_for_contacts: str | None
) -> None:
    here: dict[str, Any] = {name: "1"}
    there: dict[str, Any] = {lead: "2"}
    assert len(diverged(seen(contact(**here), leads=(person(**there),)), {})) == 1
    there = {mapped_for_contacts or lead: "2"}
    found = diverged(seen(contact(**here), sf_contacts=(person(**there),)), {})
    assert len(found) == (1 if mapped_for_contacts else 0)


def test_a_value_against_a_blank_differs_and_two_blanks_do_not() -> None:
    assert diverged(seen(contact(phone="1"), leads=(person(),)), {}) != []
    assert diverged(seen(contact(phone=""), leads=(person(Phone=None),)), {}) == []


def test_what_the_script_lets_differ_is_left_out_for_that_e_mail_alone() -> None:
    shown = seen(contact(phone="1"), leads=(person(Phone="2"),))
    assert diverged(shown, {EMAIL: {"phone"}}) == []
    assert diverged(shown, {EMAIL: {"city"}, "b@x.example": {"phone"}}) != []


def test_nobody_alone_is_compared_with_anybody() -> None:
    assert diverged(seen(contact(phone="1")), {}) == []
    assert diverged(seen(contact("", phone="1"), leads=(person("", Phone="2"),)), {}) == []


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        ("a", " A ", True),
        (None, "", True),
        ("1200", 1200.0, True),
        ("0.333", 0.33, True),
        ("0.35", 0.33, False),
        ("a", "b", False),
        ("", 0, False),
        (None, False, False),
    ],
)
def test_values_are_the_same_but_for_what_crms_do_to_them(one: Any, other: Any, *, equal: bool) -> None:
    assert same(one, other) is equal
    assert same(other, one) is equal


def test_the_judge_knows_nothing_of_what_it_judges() -> None:
    tree = ast.parse(inspect.getsource(comparer))
    modules = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    roots = {name.split(".")[0] for name in modules | names}
    assert roots == {"__future__", "collections", "dataclasses", "typing"}
