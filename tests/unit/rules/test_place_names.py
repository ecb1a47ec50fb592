"""Place names: what people write, in many languages, as the codes that one org lists."""

from __future__ import annotations

import pytest

from rules.place_names import gazetteer
from tests.fakes.atlas import ATLAS, atlas

NAMES = gazetteer(ATLAS)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("US", "US"),
        ("usa", "US"),
        ("U.S.A.", "US"),
        ("United States", "US"),
        ("United States of America", "US"),
        ("États-Unis", "US"),
        ("etats unis", "US"),
        ("Vereinigte Staaten", "US"),
        ("Estados Unidos", "US"),
        ("アメリカ合衆国", "US"),
        ("Deutschland", "DE"),
        ("Allemagne", "DE"),
        ("Германия", "DE"),
        (" germany ", "DE"),
        ("DEU", "DE"),
        ("Österreich", "AT"),
        ("UK", "GB"),
        ("Scotland", "GB"),
        ("The Netherlands", "NL"),
        ("Holland", "NL"),
        ("Czech Republic", "CZ"),
        ("Schweiz", "CH"),
        ("Côte d'Ivoire", "CI"),
        ("Nirgendwo", None),
        ("?", None),
        ("Earth", None),
    ],
)
def test_a_country(text: str, code: str | None) -> None:
    assert NAMES.country(text) == code


@pytest.mark.parametrize(
    ("country", "text", "code"),
    [
        ("US", "California", "CA"),
        ("US", "CA", "CA"),
        ("US", "US-CA", "CA"),
        ("US", "Calif.", "CA"),
        ("US", "Kalifornien", "CA"),
        ("US", "N.Y.", "NY"),
        ("US", "Miss.", "MS"),
        ("US", "Va.", "VA"),
        ("US", "W. Va.", "WV"),
        ("US", "New.", None),
        ("US", "Calif", None),  # without its full stop it is no abbreviation
        ("US", "Bayern", None),
        ("DE", "Bayern", "BY"),
        ("DE", "Bavaria", "BY"),
        ("DE", "Bavière", "BY"),
        ("DE", "nordrhein westfalen", "NW"),
        ("DE", "NRW", "NW"),
        ("CA", "Québec", "QC"),
        ("CA", "Ont.", "ON"),
        ("CN", "Peking", "11"),  # the org's own code, by its label
        ("CN", "北京市", "11"),
        ("MX", "BC", "BC"),  # none of ISO's codes: the org's own value
        ("MX", "Kingdom of the Moon", "XM"),  # none of ISO's names: the org's own label
        ("FR", "Bretagne", None),  # the org lists no states there
        ("US", "", None),
    ],
)
def test_a_state(country: str, text: str, code: str | None) -> None:
    assert NAMES.state(country, text) == code


def test_only_what_the_org_lists_is_meant() -> None:
    small = gazetteer(atlas(countries={"DE": "Germany", "GB": "Britain"}, states={}))
    assert [small.country(text) for text in ("Allemagne", "USA", "Grande-Bretagne")] == ["DE", None, None]
    assert (small.country("britain"), small.country("GBR"), small.country("England")) == ("GB", "GB", "GB")


def test_an_org_may_list_a_country_under_a_code_of_its_own() -> None:
    own = gazetteer(atlas(countries={"D1": "Germany"}, states={"D1": {"B1": "Bavaria"}}))
    assert own.country("Deutschland") == "D1"
    assert own.state("D1", "Bayern") == "B1"


def test_a_name_that_two_places_share_means_neither_before_a_better_reading_is_found() -> None:
    shared = gazetteer(
        atlas(
            countries={"XA": "Alba", "XB": "Alba", "XC": "Corvia"},
            states={"XC": {"1": "Süd", "2": "Sued", "3": "SUD"}},
        )
    )
    assert shared.country("Alba") is None
    assert (shared.state("XC", "sud"), shared.state("XC", "Sued")) == (None, "2")


def test_a_code_is_told_by_its_label_and_an_unknown_one_by_itself() -> None:
    assert (NAMES.country_name("DE"), NAMES.country_name("ZZ")) == ("Germany", "ZZ")
    assert (NAMES.state_name("DE", "BY"), NAMES.state_name("DE", "ZZ")) == ("Bavaria", "ZZ")
    assert (NAMES.has_state("DE", "BY"), NAMES.has_state("US", "BY")) == (True, False)


def test_the_names_are_made_once_for_an_atlas() -> None:
    assert gazetteer(ATLAS) is NAMES
