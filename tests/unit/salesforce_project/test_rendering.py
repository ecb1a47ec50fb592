"""What a portal's own values make of the project, and how it is written."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from contract.changes import Kind
from contract.errors import InvalidInput
from contract.settings import AuthMethod
from diptych.salesforce import render, write
from sandbox.salesforce.sandbox import SalesforceSandbox
from tests.unit.salesforce_project.project import (
    SECRET,
    USER,
    a_portal,
    an_org,
    components,
    messages,
    of,
    rendered,
    text,
    texts,
)
from tests.unit.webhooks.kit import NOW, ORG, PATH_SECRET, Desk

PLAIN = "plain-secret-0123456789"


def test_the_address_is_that_of_our_webhook_with_the_secret_escaped() -> None:
    for message in messages(rendered()).values():
        url = urlsplit(text(message, "endpointUrl"))
        assert (url.scheme, url.netloc) == ("https", "sync.acme.example")
        before, _, secret = url.path.rpartition("/")
        assert (before, unquote(secret)) == ("/webhooks/salesforce", SECRET)
        assert text(message, "integrationUser") == USER


def test_what_the_org_then_sends_the_receiver_understands() -> None:
    """The rendered fields and address, a stand-in org that saves, and our receiver."""
    desk = Desk()

    def post(url: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        answer = desk.app.test_client().post(urlsplit(url).path, data=body, headers=headers)
        return answer.status_code, answer.data

    org = SalesforceSandbox(org_id=ORG, clock=lambda: NOW, post=post)
    found = messages(rendered(a_portal(secret=PATH_SECRET)))
    [message] = [one for name, one in found.items() if name.startswith("Lead.")]
    org.outbound.configure("Lead", texts(message, "fields"))
    org.target_url = text(message, "endpointUrl")
    record = org.ui_create("Lead", {"LastName": "Byron", "Company": "Engines", "Email": "ada@example.com"})
    assert org.pump(everything=True) == 0
    assert {(one.ref.id, one.kind) for one in desk.publisher.changes()} == {(record, Kind.CREATED)}
    [sent] = org.outbound.sent
    assert sent.accepted
    assert b"ada@example.com" not in sent.body
    assert b"Byron" not in sent.body


def test_only_the_messages_hold_the_secret() -> None:
    files = render(an_org(a_portal(secret=PLAIN)))
    assert sorted(path for path, body in files.items() if PLAIN in body) == [
        "force-app/main/default/workflows/Contact.workflow-meta.xml",
        "force-app/main/default/workflows/Lead.workflow-meta.xml",
    ]


def test_files_are_for_their_owner_only_also_those_that_were_there_before(tmp_path: Path) -> None:
    into = tmp_path / "project"
    into.mkdir()
    (into / "README.md").write_text("old")
    (into / "README.md").chmod(0o644)
    files = render(an_org())
    write(files, into)
    assert {path.stat().st_mode & 0o777 for path in into.rglob("*") if path.is_file()} == {0o600}
    written = {str(path.relative_to(into)) for path in into.rglob("*") if path.is_file()}
    assert written == set(files)
    assert (into / ".gitignore").read_text() == "*\n"


def test_a_new_folder_is_for_its_owner_only(tmp_path: Path) -> None:
    write(render(an_org()), tmp_path / "new")
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700


def test_two_portals_of_one_org_have_messages_and_flows_of_their_own() -> None:
    one, two = rendered(a_portal(1)), rendered(a_portal(2))
    assert set(messages(one)) & set(messages(two)) == set()
    shared = {flow.name for flow in of(one, "flow")} & {flow.name for flow in of(two, "flow")}
    assert shared == {"Diptych_Contact_Role"}


@pytest.mark.parametrize("method", [AuthMethod.JWT, AuthMethod.SESSION])
def test_who_logs_in_otherwise_gets_no_client_app(method: AuthMethod) -> None:
    files = render(an_org(a_portal(method=method)))
    assert {component.suffix for component in components(files)} & {"eca", "ecaOauth", "ecaPlcy"} == set()
    assert "ExternalClientApplication" not in files["manifest/package.xml"]
    assert "External Client App Manager" not in files["README.md"]


@pytest.mark.parametrize("user", ["", "integration", "a b@example.com"])
def test_a_user_name_that_is_none_is_refused(user: str) -> None:
    with pytest.raises(InvalidInput, match="is no Salesforce user name"):
        render(an_org(user=user))


def test_the_read_me_names_the_three_commands() -> None:
    readme = render(an_org(user="int@acme.example"))["README.md"]
    assert [line for line in readme.splitlines() if line.startswith("sf ")] == [
        "sf org login web --alias diptych-4711 --instance-url http://127.0.0.1:8090",
        "sf project deploy start --manifest manifest/package.xml --target-org diptych-4711",
        "sf org assign permset --name Diptych --target-org diptych-4711 --on-behalf-of int@acme.example",
    ]


def test_the_project_file_is_json_and_no_placeholder_is_left() -> None:
    files = render(an_org())
    assert json.loads(files["sfdx-project.json"])["packageDirectories"][0]["path"] == "force-app"
    assert not [path for path, body in files.items() if "${" in body or "$$" in body]
