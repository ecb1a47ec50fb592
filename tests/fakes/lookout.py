"""What lists the records of an office's CRMs, over the same wires as its gateways."""

from __future__ import annotations

from adapters.crm import hubspot_api, salesforce_api
from adapters.crm.http import new_session
from adapters.crm.hubspot_survey import HubSpotSurvey
from adapters.crm.salesforce_survey import SalesforceSurvey
from consumers.lookout import Lookout
from contract.ports import Survey
from contract.records import Side
from sandbox.hubspot.standard import NATIVE_CONNECTOR
from tests.contract.crm.benches import HUBSPOT_URL, NUMBER, SALESFORCE_URL
from tests.fakes.office import Office

READS = frozenset(
    {
        "GET /sobjects/<object>/describe",
        "GET /query",
        "GET /queryAll",
        "POST /composite/sobjects/<object>",
        "POST /crm/v3/objects/{kind}/batch/read",
        "POST /crm/v3/objects/{kind}/search",
        "POST /crm/v3/lists/records/memberships/batch/read",
        "GET /crm/v3/owners",
    }
)
"""The calls of both stand-ins that change nothing; Salesforce's POST is its retrieve."""


def lookout_of(office: Office) -> Lookout:
    """An office's accounts as a job looks at them; the office itself counts the calls."""
    survey = hubspot_survey(office)
    surveys: dict[Side, Survey] = {Side.HUBSPOT: survey, Side.SALESFORCE: salesforce_survey(office)}
    return Lookout(crms=office.crms, surveys=surveys, native=survey, calls=dict.fromkeys(Side, 0))


def hubspot_survey(office: Office) -> HubSpotSurvey:
    """HubSpot's contacts, listed."""
    session = new_session()
    session.mount(HUBSPOT_URL, office.hubspot_wire)
    api = hubspot_api.open_api(
        office.portal,
        session=session,
        meter=office.meter,
        clock=office.clock,
        sleep=office.clock.sleep,
        allow_plain_http=False,
    )
    return HubSpotSurvey(api=api)


def salesforce_survey(office: Office) -> SalesforceSurvey:
    """Salesforce's leads and contacts, listed."""
    session = new_session()
    session.mount(SALESFORCE_URL, office.salesforce_wire)
    api = salesforce_api.open_api(
        office.portal, session=session, meter=office.meter, clock=office.clock, allow_plain_http=False
    )
    return SalesforceSurvey(api=api)


def install_native_connector(office: Office) -> None:
    """HubSpot's own Salesforce integration was here: its properties of contacts are there."""
    definitions = office.hubspot.portals[NUMBER].shelf("contacts").definitions
    definitions.update({one.name: one for one in NATIVE_CONNECTOR})
