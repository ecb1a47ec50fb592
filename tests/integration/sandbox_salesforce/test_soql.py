"""SOQL: what it finds, in which order, and how it is refused."""

from __future__ import annotations

import pytest

from sandbox.salesforce import SalesforceSandbox

from .client import Api, ManualClock


@pytest.fixture
def people(sf: SalesforceSandbox, clock: ManualClock) -> dict[str, str]:
    """Four leads a minute apart, by last name."""
    rows = (
        {"LastName": "Ada", "Email": "Ada@Example.com", "AnnualRevenue": 10, "Title": "it's 100%"},
        {"LastName": "bob", "Email": None, "AnnualRevenue": 20.5, "HasOptedOutOfEmail": True},
        {"LastName": "Cid", "Email": "cid@example.org", "Title": "a_b"},
        {"LastName": "dan", "Email": "dan@example.com", "AnnualRevenue": 10, "Title": "back\\slash\nline"},
    )
    ids = {}
    for row in rows:
        ids[row["LastName"]] = sf.ui_create("Lead", {"Company": "C", **row})
        clock.advance(60)
    return {str(name): record_id for name, record_id in ids.items()}


CONDITIONS = [
    ("Email = 'ADA@EXAMPLE.COM'", "Ada"),
    ("Email != 'ada@example.com'", "bob Cid dan"),
    ("Email = null", "bob"),
    ("Email = ''", "bob"),
    ("Email != null", "Ada Cid dan"),
    ("Email IN ('cid@example.org', 'DAN@example.com', 'x')", "Cid dan"),
    ("Email NOT IN ('cid@example.org')", "Ada bob dan"),
    ("LastName >= 'B' AND LastName < 'd'", "bob Cid"),
    ("LastName LIKE '_A%'", "dan"),
    ("Email LIKE '%example.com'", "Ada dan"),
    (r"Title LIKE '%100\%'", "Ada"),
    (r"Title LIKE 'a\_b'", "Cid"),
    (r"Title = 'it\'s 100%'", "Ada"),
    (r"Title = 'back\\slash\nline'", "dan"),
    ("AnnualRevenue = 10", "Ada dan"),
    ("AnnualRevenue > 10.4", "bob"),
    ("AnnualRevenue <= 10.0", "Ada dan"),
    ("HasOptedOutOfEmail = true", "bob"),
    ("HasOptedOutOfEmail != TRUE", "Ada Cid dan"),
    ("NOT Email LIKE '%example.com'", "bob Cid"),
    ("NOT (Email = null OR LastName = 'ada')", "Cid dan"),
    ("(Email = null OR AnnualRevenue = 10) AND LastName != 'dan'", "Ada bob"),
    ("CreatedDate > 2026-11-24T10:01:00Z", "Cid dan"),
    ("CreatedDate >= 2026-11-24T11:01:00+01:00", "bob Cid dan"),
    ("SystemModstamp < 2026-11-24T10:00:00.500Z", "Ada"),
    ("Status = 'open - not contacted' and IsConverted = false", "Ada bob Cid dan"),
    ("Owner.Email = 'petra.person@example.com'", "Ada bob Cid dan"),
    ("Owner.Name = 'Nobody'", ""),
    ("OwnerId IN (SELECT Id FROM User WHERE LastName = 'Person')", "Ada bob Cid dan"),
    ("Id NOT IN (SELECT ConvertedContactId FROM Lead)", "Ada bob Cid dan"),
]


@pytest.mark.parametrize(("condition", "names"), CONDITIONS, ids=[condition for condition, _ in CONDITIONS])
def test_conditions(api: Api, people: dict[str, str], condition: str, names: str) -> None:
    reply = api.query(f"SELECT LastName FROM Lead WHERE {condition} ORDER BY CreatedDate")
    assert reply.status == 200, reply
    assert " ".join(record["LastName"] for record in reply.body["records"]) == names


def test_ids_compare_in_either_length_but_with_case(api: Api, people: dict[str, str]) -> None:
    ada, bob = people["Ada"], people["bob"]
    assert api.query(f"SELECT Id FROM Lead WHERE Id IN ('{ada[:15]}', '{bob}', '{ada}')").ids == [ada, bob]
    assert api.query(f"SELECT Id FROM Lead WHERE Id > '{ada}' ORDER BY Id LIMIT 1").ids == [bob]
    reply = api.query("SELECT Id FROM Lead WHERE OwnerId = 'me'")
    assert (reply.status, reply.code) == (400, "INVALID_QUERY_FILTER_OPERATOR")


@pytest.mark.parametrize(
    ("order", "names"),
    [
        ("LastName", "Ada bob Cid dan"),
        ("LastName DESC", "dan Cid bob Ada"),
        ("AnnualRevenue, LastName DESC", "Cid dan Ada bob"),
        ("AnnualRevenue ASC NULLS LAST, LastName", "Ada dan bob Cid"),
        ("AnnualRevenue DESC NULLS LAST, LastName", "bob Ada dan Cid"),
        ("Email desc nulls first", "bob dan Cid Ada"),
        ("LastName LIMIT 2 OFFSET 1", "bob Cid"),
        ("Owner.Name, LastName LIMIT 1", "Ada"),
    ],
)
def test_order_limit_and_offset(api: Api, people: dict[str, str], order: str, names: str) -> None:
    reply = api.query(f"SELECT LastName FROM Lead ORDER BY {order}")
    assert " ".join(record["LastName"] for record in reply.body["records"]) == names


def test_an_answer_spells_names_as_the_schema_and_nests_parents(api: Api, sf: SalesforceSandbox) -> None:
    account = sf.ui_create("Account", {"Name": "Engines"})
    contact = sf.ui_create("Contact", {"LastName": "Ada", "AccountId": account})
    reply = api.query("select id, lastname, account.name, Account.Owner.Email, REPORTSTO.Name from contact")
    attributes = {"type": "Contact", "url": f"/services/data/v66.0/sobjects/Contact/{contact}"}
    record = reply.body["records"][0]
    assert reply.body["totalSize"] == 1
    assert record["attributes"] == attributes
    assert [*record] == ["attributes", "Id", "LastName", "Account", "ReportsTo"]
    assert record["Account"]["Name"] == "Engines"
    assert record["Account"]["attributes"]["type"] == "Account"
    assert record["Account"]["Owner"]["Email"] == "petra.person@example.com"
    assert record["ReportsTo"] is None


def test_an_owner_may_be_a_queue(api: Api, sf: SalesforceSandbox, lead: str) -> None:
    sf.ui_update("Lead", lead, {"OwnerId": sf.org.users.queue})
    owner = api.query("SELECT Owner.Name, Owner.Email FROM Lead").body["records"][0]["Owner"]
    assert (owner["attributes"]["type"], owner["Name"], owner["Email"]) == ("Group", "Web Leads", None)


def test_count_answers_a_size_and_no_records(api: Api, people: dict[str, str]) -> None:
    reply = api.query("SELECT COUNT() FROM Lead WHERE Email != null")
    assert reply.body == {"totalSize": 3, "done": True, "records": []}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("SELECT FROM Lead", "MALFORMED_QUERY"),
        ("SELECT Id Lead", "MALFORMED_QUERY"),
        ("SELECT Id FROM Lead WHERE", "MALFORMED_QUERY"),
        ("SELECT Id FROM Lead WHERE Email = 'a", "MALFORMED_QUERY"),
        ("SELECT Id FROM Lead WHERE Email == 'a'", "MALFORMED_QUERY"),
        ("SELECT Id FROM Lead WHERE Email = 'a' AND Id = null OR Id = null", "MALFORMED_QUERY"),
        (r"SELECT Id FROM Lead WHERE Email = 'a\x'", "MALFORMED_QUERY"),
        ("SELECT Id FROM Lead LIMIT x", "MALFORMED_QUERY"),
        ("SELECT Id FROM Lead; DROP", "MALFORMED_QUERY"),
        ("SELECT * FROM Lead", "MALFORMED_QUERY"),
        ("DELETE FROM Lead", "MALFORMED_QUERY"),
        ("SELECT Id FROM Lead OFFSET 2001", "NUMBER_OUTSIDE_VALID_RANGE"),
        ("SELECT Id FROM Leads", "INVALID_TYPE"),
        ("SELECT Shoe__c FROM Lead", "INVALID_FIELD"),
        ("SELECT Id FROM Lead WHERE Shoe__c = 1", "INVALID_FIELD"),
        ("SELECT Id FROM Lead ORDER BY Shoe__c", "INVALID_FIELD"),
        ("SELECT Account.Name FROM Lead", "INVALID_FIELD"),
        ("SELECT Id FROM Lead WHERE CreatedDate > '2026-01-01'", "INVALID_FIELD"),
        ("SELECT Id FROM Lead WHERE CreatedDate > 2026-01-01", "INVALID_FIELD"),
        ("SELECT Id FROM Lead WHERE LastName = 5", "INVALID_FIELD"),
        ("SELECT Id FROM Lead WHERE AnnualRevenue = '5'", "INVALID_FIELD"),
        ("SELECT Id FROM Lead WHERE Description = 'x'", "INVALID_FIELD"),
        ("SELECT Id FROM Lead ORDER BY Description", "INVALID_FIELD"),
        ("SELECT Id FROM Lead WHERE AnnualRevenue LIKE '5'", "INVALID_QUERY_FILTER_OPERATOR"),
        ("SELECT Id FROM Lead WHERE IsConverted > true", "INVALID_QUERY_FILTER_OPERATOR"),
    ],
)
def test_refused_statements(api: Api, text: str, code: str) -> None:
    reply = api.query(text)
    assert (reply.status, reply.code) == (400, code)
    assert "fields" not in reply.body[0]


def test_hidden_fields_are_unknown_columns(api: Api, sf: SalesforceSandbox, lead: str) -> None:
    sf.deny_field("Lead", "Email")
    for text in (
        "SELECT Email FROM Lead",
        "SELECT Id FROM Lead WHERE Email = 'a'",
        "SELECT Id FROM Lead ORDER BY Email",
    ):
        reply = api.query(text)
        assert reply.code == "INVALID_FIELD"
        assert "No such column 'Email' on entity 'Lead'" in reply.body[0]["message"]
    assert api.query("SELECT Email FROM Contact").status == 200


def test_paging_hands_out_locators_until_done(api: Api, sf: SalesforceSandbox) -> None:
    ids = [sf.ui_create("Lead", {"LastName": f"n{n}", "Company": "c"}) for n in range(450)]
    first = api.query("SELECT Id FROM Lead", headers={"Sforce-Query-Options": "batchSize=200"})
    assert (first.body["totalSize"], first.body["done"], len(first.ids)) == (450, False, 200)
    seen, page = first.ids, first
    while not page.body["done"]:
        path = page.body["nextRecordsUrl"].removeprefix("/services/data/v66.0/")
        page = api.call("GET", path, headers={"Sforce-Query-Options": "batchSize=200"})
        seen += page.ids
    assert seen == ids
    assert "nextRecordsUrl" not in page.body


def test_batch_sizes_are_held_between_200_and_2000(api: Api, sf: SalesforceSandbox) -> None:
    for number in range(201):
        sf.ui_create("Lead", {"LastName": f"n{number}", "Company": "c"})
    assert len(api.query("SELECT Id FROM Lead").ids) == 201
    small = api.query("SELECT Id FROM Lead", headers={"Sforce-Query-Options": "batchSize=1"})
    assert len(small.ids) == 200


def test_locators_end_with_the_tenth_newer_query(api: Api, sf: SalesforceSandbox) -> None:
    sf.org.query_batch_size = 1
    for name in ("a", "b"):
        sf.ui_create("Lead", {"LastName": name, "Company": "c"})
    urls = [api.query("SELECT Id FROM Lead").body["nextRecordsUrl"] for _ in range(11)]
    paths = [url.removeprefix("/services/data/v66.0/") for url in urls]
    assert api.call("GET", paths[0]).code == "INVALID_QUERY_LOCATOR"
    assert api.call("GET", paths[1]).body["done"] is True


def test_query_all_shows_the_recycle_bin_for_15_days(api: Api, lead: str, clock: ManualClock) -> None:
    api.call("DELETE", f"sobjects/Lead/{lead}")
    text = "SELECT Id, IsDeleted FROM Lead WHERE IsDeleted = true"
    assert api.query(text).ids == []
    assert api.call("GET", "queryAll", q=text).ids == [lead]
    clock.advance(15 * 86400 + 1)
    assert api.call("GET", "queryAll", q=text).ids == []


def test_the_release_record_tells_the_installed_version(api: Api, sf: SalesforceSandbox) -> None:
    text = "SELECT DeveloperName, Version__c FROM Diptych_Release__mdt"
    assert api.query(text).body["records"][0]["Version__c"] == "0.1.0"
    sf.set_release("0.2.0")
    assert [record["Version__c"] for record in api.query(text).body["records"]] == ["0.2.0"]
    sf.set_release(None)
    assert api.query(text).code == "INVALID_TYPE"
    sf.set_release("0.3.0")
    assert [record["Version__c"] for record in api.query(text).body["records"]] == ["0.3.0"]
