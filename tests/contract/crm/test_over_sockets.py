"""The same over real connections: loopback http under simple-salesforce, hung-up calls, silence, cookies."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask, Response

from adapters.crm import open_hubspot, open_salesforce
from adapters.crm.http import new_session
from contract.errors import CrmError, ErrorClass
from contract.ports import Crm
from contract.settings import Portal
from sandbox.kit import Faults
from sandbox.salesforce.sandbox import SalesforceSandbox
from sandbox.salesforce.web import create_app
from sandbox.server import Server, serve
from tests.contract.crm.benches import HandClock, Meter, SalesforceBench, creation, portal


@pytest.fixture
def org() -> Iterator[tuple[SalesforceSandbox, Server]]:
    sandbox = SalesforceSandbox(clock=HandClock())
    with serve(create_app(sandbox)) as server:
        sandbox.base_url = server.url
        yield sandbox, server


def at(url: str) -> Portal:
    given = portal()
    return replace(
        given,
        hubspot=replace(given.hubspot, base_url=url),
        salesforce=replace(given.salesforce, login_url=url, instance_url=url),
    )


def salesforce_at(url: str) -> Crm:
    return open_salesforce(at(url), session=new_session(), meter=Meter(), clock=HandClock())


def test_salesforce_is_reached_on_loopback_without_tls(org: tuple[SalesforceSandbox, Server]) -> None:
    sandbox, server = org
    lead = sandbox.ui_create("Lead", {"LastName": "Byron", "Company": "Engines", "Email": "a@example.com"})
    crm = salesforce_at(server.url)

    assert crm.read("Lead", [lead], ["Email"])[lead].fields == {"Email": "a@example.com"}
    assert crm.find("Lead", "Email", ["a@example.com"], [])[0].ref.id == lead


def test_a_call_hung_up_after_the_write_may_be_done(org: tuple[SalesforceSandbox, Server]) -> None:
    sandbox, server = org
    crm = salesforce_at(server.url)
    crm.schema("Lead")
    sandbox.faults = Faults(timeout_after_write=1.0)

    with pytest.raises(CrmError) as caught:
        crm.apply([creation(SalesforceBench(), "a@example.com")])

    assert caught.value.fault.maybe_done
    assert [row["Email"] for row in sandbox.state("Lead")] == ["a@example.com"]


def test_a_crm_that_says_nothing_is_given_up_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        session = new_session(timeout=(1.0, 0.1))
        crm = open_hubspot(at(url), session=session, meter=Meter(), clock=HandClock())

        with pytest.raises(CrmError) as caught:
            crm.check()

    assert (caught.value.fault.error, caught.value.fault.code) == (ErrorClass.TRANSIENT, "TIMEOUT")


def test_a_crm_that_is_not_there_was_not_written_to() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]

    with pytest.raises(CrmError) as caught:
        salesforce_at(f"http://127.0.0.1:{port}").check()

    assert (caught.value.fault.code, caught.value.fault.maybe_done) == ("NO_CONNECTION", False)


def test_no_cookie_is_kept_or_sent() -> None:
    app = Flask("cookies")

    @app.get("/")
    def page() -> Response:
        response = Response("{}")
        response.set_cookie("BrowserId", "somebody")
        return response

    session = new_session()
    with serve(app) as server:
        assert "BrowserId" in session.get(server.url).headers["Set-Cookie"]
        assert "Cookie" not in session.get(server.url).request.headers

    assert list(session.cookies) == []
    session.close()
