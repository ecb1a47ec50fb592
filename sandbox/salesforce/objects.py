"""The literal table of sObjects the stand-in knows, with the limits and picklists of a new org."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sandbox.salesforce import derive
from sandbox.salesforce.fields import (
    FieldSpec,
    ObjectSpec,
    area,
    day,
    email,
    flag,
    moment,
    number,
    phone,
    picklist,
    read_only,
    ref,
    sobject,
    text,
)

_PEOPLE = ("User",)
_OWNERS = ("User", "Group")
_SOURCES = ("Web", "Phone Inquiry", "Partner Referral", "Purchased List", "Other")
_INDUSTRIES = ("Agriculture", "Banking", "Consulting", "Education", "Energy", "Manufacturing", "Technology")
_ROLES = ("Business User", "Decision Maker", "Economic Buyer", "Evaluator", "Influencer", "Other")


def _audit() -> tuple[FieldSpec, ...]:
    """Fields of every record that Salesforce keeps itself. Stamps have whole seconds."""
    kept = (
        FieldSpec(name="Id", type="id", length=18, nillable=False),
        flag("IsDeleted"),
        moment("CreatedDate", nillable=False),
        ref("CreatedById", *_PEOPLE, nillable=False),
        moment("LastModifiedDate", nillable=False),
        ref("LastModifiedById", *_PEOPLE, nillable=False),
        moment("SystemModstamp", nillable=False),
    )
    return tuple(read_only(spec) for spec in kept)


def _address(prefix: str = "") -> tuple[FieldSpec, ...]:
    """A postal address without state and country picklists."""
    return (
        area(f"{prefix}Street", 255),
        text(f"{prefix}City", 40),
        text(f"{prefix}State", 80),
        text(f"{prefix}PostalCode", 20),
        text(f"{prefix}Country", 80),
    )


def _person() -> tuple[FieldSpec, ...]:
    """What leads and contacts have in common."""
    return (
        picklist("Salutation", "Mr.", "Ms.", "Mrs.", "Dr.", "Prof.", "Mx."),
        text("FirstName", 40),
        text("LastName", 80, nillable=False),
        read_only(text("Name", 121, nillable=False)),
        text("Title", 128),
        email(),
        phone("Phone"),
        phone("MobilePhone"),
        phone("Fax"),
        picklist("LeadSource", *_SOURCES),
        area("Description"),
        flag("HasOptedOutOfEmail"),
    )


def _keys() -> tuple[FieldSpec, ...]:
    """The unique creation key of the deployed package, and an external id that need not be unique."""
    return (
        text("Diptych_Key__c", 64, external_id=True, unique=True),
        text("Import_Key__c", 64, external_id=True),
    )


LEAD = sobject(
    "Lead",
    "00Q",
    *_audit(),
    *_person(),
    text("Company", 255, nillable=False),
    FieldSpec(name="Website", type="url", length=255),
    picklist("Industry", *_INDUSTRIES),
    number("AnnualRevenue", "currency"),
    number("NumberOfEmployees", "int"),
    *_address(),
    picklist(
        "Status",
        "Open - Not Contacted",
        "Working - Contacted",
        "Closed - Not Converted",
        derive.CONVERTED_STATUS,
        restricted=True,
        nillable=False,
        default="Open - Not Contacted",
    ),
    picklist("Rating", "Hot", "Warm", "Cold", restricted=True),
    ref("OwnerId", *_OWNERS, nillable=False),
    read_only(flag("IsConverted")),
    read_only(day("ConvertedDate")),
    read_only(ref("ConvertedAccountId", "Account")),
    read_only(ref("ConvertedContactId", "Contact")),
    read_only(ref("ConvertedOpportunityId", "Opportunity")),
    read_only(ref("MasterRecordId", "Lead")),
    *_keys(),
    derive=derive.person_name,
    mergeable=True,
)

CONTACT = sobject(
    "Contact",
    "003",
    *_audit(),
    *_person(),
    ref("AccountId", "Account", cascade=True),
    text("Department", 80),
    *_address("Mailing"),
    *_address("Other"),
    phone("HomePhone"),
    phone("OtherPhone"),
    phone("AssistantPhone"),
    text("AssistantName", 40),
    day("Birthdate"),
    ref("ReportsToId", "Contact"),
    ref("OwnerId", *_PEOPLE, nillable=False),
    flag("HasOptedOutOfFax"),
    flag("DoNotCall"),
    read_only(ref("MasterRecordId", "Contact")),
    *_keys(),
    derive=derive.person_name,
    mergeable=True,
)

ACCOUNT = sobject(
    "Account",
    "001",
    *_audit(),
    text("Name", 255, nillable=False),
    picklist("Type", "Prospect", "Customer", "Partner", "Other"),
    phone("Phone"),
    phone("Fax"),
    FieldSpec(name="Website", type="url", length=255),
    picklist("Industry", *_INDUSTRIES),
    number("AnnualRevenue", "currency"),
    number("NumberOfEmployees", "int"),
    area("Description"),
    *_address("Billing"),
    *_address("Shipping"),
    ref("ParentId", "Account"),
    ref("OwnerId", *_PEOPLE, nillable=False),
    read_only(ref("MasterRecordId", "Account")),
    *_keys(),
    mergeable=True,
)

OPPORTUNITY = sobject(
    "Opportunity",
    "006",
    *_audit(),
    text("Name", 120, nillable=False),
    ref("AccountId", "Account", cascade=True),
    picklist("StageName", *derive.STAGES, restricted=True, nillable=False),
    day("CloseDate", nillable=False),
    number("Amount", "currency", scale=2),
    number("Probability", "percent"),
    picklist("Type", "New Business", "Existing Business"),
    picklist("LeadSource", *_SOURCES),
    text("NextStep", 255),
    area("Description"),
    ref("OwnerId", *_PEOPLE, nillable=False),
    read_only(flag("IsClosed")),
    read_only(flag("IsWon")),
    read_only(picklist("ForecastCategory", "Pipeline", "Best Case", "Commit", "Closed", "Omitted")),
    *_keys(),
    derive=derive.opportunity_state,
)

CONTACT_ROLE = sobject(
    "OpportunityContactRole",
    "00K",
    *_audit(),
    ref("OpportunityId", "Opportunity", nillable=False, updateable=False, cascade=True),
    ref("ContactId", "Contact", nillable=False, cascade=True),
    picklist("Role", *_ROLES),
    flag("IsPrimary"),
)

TASK = sobject(
    "Task",
    "00T",
    *_audit(),
    text("Subject", 255),
    picklist(
        "Status", "Not Started", "In Progress", "Completed", "Deferred", default="Not Started", nillable=False
    ),
    picklist("Priority", "High", "Normal", "Low", default="Normal", nillable=False),
    picklist("TaskSubtype", "Task", "Email", "Call", default="Task", updateable=False),
    day("ActivityDate"),
    area("Description"),
    ref("WhoId", "Lead", "Contact"),
    ref("WhatId", "Account", "Opportunity"),
    ref("OwnerId", *_OWNERS, nillable=False),
    read_only(flag("IsClosed")),
    derive=derive.task_state,
)

USER = sobject(
    "User",
    "005",
    *_audit(),
    text("Username", 80, nillable=False),
    text("FirstName", 40),
    text("LastName", 80, nillable=False),
    read_only(text("Name", 121, nillable=False)),
    email(),
    text("Alias", 8, nillable=False),
    flag("IsActive"),
    picklist("UserType", "Standard", "AutomatedProcess", default="Standard", nillable=False),
    text("TimeZoneSidKey", 40, nillable=False, default="Europe/Berlin"),
    derive=derive.person_name,
    writable=False,
)

GROUP = sobject(
    "Group",
    "00G",
    *_audit(),
    text("Name", 40, nillable=False),
    text("DeveloperName", 80),
    picklist("Type", "Queue", "Regular", default="Queue", nillable=False),
    email(),
    writable=False,
)

RELEASE = sobject(
    "Diptych_Release__mdt",
    "m00",
    *_audit(),
    text("DeveloperName", 40, nillable=False),
    read_only(text("MasterLabel", 40)),
    read_only(text("QualifiedApiName", 70)),
    text("Version__c", 32),
    derive=derive.label_name,
    writable=False,
)

FLOW = sobject(
    "FlowDefinitionView",
    "3dd",
    *_audit(),
    text("ApiName", 80, nillable=False),
    text("Label", 80),
    text("ActiveVersionId", 18),
    writable=False,
)
"""Shown to who may view the setup, which an integration user needs for nothing else."""

ORGANIZATION = sobject(
    "Organization",
    "00D",
    *_audit(),
    text("Name", 80, nillable=False),
    text("OrganizationType", 40),
    flag("IsSandbox"),
    text("InstanceName", 5),
    writable=False,
)

OBJECTS: Mapping[str, ObjectSpec] = MappingProxyType(
    {
        spec.name: spec
        for spec in (
            LEAD,
            CONTACT,
            ACCOUNT,
            OPPORTUNITY,
            CONTACT_ROLE,
            TASK,
            USER,
            GROUP,
            RELEASE,
            FLOW,
            ORGANIZATION,
        )
    }
)
