"""The standard object types and properties a new portal has, as literal tables."""

from __future__ import annotations

from sandbox.hubspot.schema import (
    ObjectType,
    PropertyDefinition,
    choice,
    flag,
    moment,
    number,
    text,
)

LIFECYCLE_STAGES = (
    ("subscriber", "Subscriber"),
    ("lead", "Lead"),
    ("marketingqualifiedlead", "Marketing Qualified Lead"),
    ("salesqualifiedlead", "Sales Qualified Lead"),
    ("opportunity", "Opportunity"),
    ("customer", "Customer"),
    ("evangelist", "Evangelist"),
    ("other", "Other"),
)
LEAD_STATUSES = (
    ("NEW", "New"),
    ("OPEN", "Open"),
    ("IN_PROGRESS", "In Progress"),
    ("OPEN_DEAL", "Open Deal"),
    ("UNQUALIFIED", "Unqualified"),
    ("ATTEMPTED_TO_CONTACT", "Attempted to Contact"),
    ("CONNECTED", "Connected"),
    ("BAD_TIMING", "Bad Timing"),
)
COMPANY_SIZES = ("1-5", "5-25", "25-50", "50-100", "100-500", "500-1000", "1000+")
COMPANY_INDUSTRIES = (
    "ACCOUNTING",
    "AIRLINES_AVIATION",
    "AUTOMOTIVE",
    "BANKING",
    "BIOTECHNOLOGY",
    "COMPUTER_SOFTWARE",
    "CONSTRUCTION",
    "EDUCATION_MANAGEMENT",
    "FINANCIAL_SERVICES",
    "HOSPITAL_HEALTH_CARE",
    "INFORMATION_TECHNOLOGY_AND_SERVICES",
    "INSURANCE",
    "LEGAL_SERVICES",
    "MARKETING_AND_ADVERTISING",
    "RETAIL",
    "TELECOMMUNICATIONS",
)
LANGUAGES = (
    ("en", "English"),
    ("fr", "French"),
    ("de", "German"),
    ("es", "Spanish"),
    ("it", "Italian"),
    ("nl", "Dutch"),
    ("pt", "Portuguese"),
    ("ja", "Japanese"),
)
DEAL_STAGES = (
    ("appointmentscheduled", "Appointment Scheduled", "0.2", False),
    ("qualifiedtobuy", "Qualified To Buy", "0.4", False),
    ("presentationscheduled", "Presentation Scheduled", "0.6", False),
    ("decisionmakerboughtin", "Decision Maker Bought-In", "0.8", False),
    ("contractsent", "Contract Sent", "0.9", False),
    ("closedwon", "Closed Won", "1.0", True),
    ("closedlost", "Closed Lost", "0.0", True),
)

SYSTEM_MANAGED = frozenset(
    {
        "createdate",
        "hs_createdate",
        "lastmodifieddate",
        "hs_lastmodifieddate",
        "hs_object_id",
        "hs_merged_object_ids",
        "hs_object_source",
        "hs_object_source_id",
    }
)
"""What nobody can write, not even a person in HubSpot's own pages."""

NO_WEBHOOK = SYSTEM_MANAGED | {"num_unique_conversion_events"}
"""Properties whose changes raise no propertyChange notice."""


def _common(created: str, modified: str) -> tuple[PropertyDefinition, ...]:
    return (
        moment(created, "Create Date", read_only=True),
        moment(modified, "Last Modified Date", read_only=True),
        number("hs_object_id", "Record ID", read_only=True),
        text("hs_merged_object_ids", "Merged record IDs", read_only=True),
        text("hs_object_source", "Record source", read_only=True),
        text("hs_object_source_id", "Record source ID", read_only=True),
        choice("hubspot_owner_id", "Owner", (), external_options=True),
    )


CONTACTS = ObjectType(
    name="contacts",
    singular="contact",
    type_id="0-1",
    created="createdate",
    modified="lastmodifieddate",
    default=("createdate", "email", "firstname", "hs_object_id", "lastmodifieddate", "lastname"),
    any_of=("email", "firstname", "lastname"),
    searched=("email", "firstname", "lastname", "phone", "mobilephone", "company"),
    properties=(
        *_common("createdate", "lastmodifieddate"),
        text("email", "Email"),
        text("hs_additional_emails", "Additional email addresses"),
        text("firstname", "First Name"),
        text("lastname", "Last Name"),
        text("salutation", "Salutation"),
        text("phone", "Phone Number", field_type="phonenumber"),
        text("mobilephone", "Mobile Phone Number", field_type="phonenumber"),
        text("fax", "Fax Number"),
        text("company", "Company Name"),
        text("jobtitle", "Job Title"),
        text("website", "Website URL"),
        text("industry", "Industry"),
        text("annualrevenue", "Annual Revenue"),
        choice("numemployees", "Number of Employees", COMPANY_SIZES),
        text("address", "Street Address"),
        text("city", "City"),
        text("state", "State/Region"),
        text("zip", "Postal Code"),
        text("country", "Country/Region"),
        text("hs_country_region_code", "Country/Region Code"),
        text("hs_state_code", "State/Region Code"),
        choice("lifecyclestage", "Lifecycle Stage", LIFECYCLE_STAGES, field_type="radio"),
        choice("hs_lead_status", "Lead Status", LEAD_STATUSES, field_type="radio"),
        choice("hs_language", "Preferred language", LANGUAGES),
        text("date_of_birth", "Date of birth"),
        moment("closedate", "Close Date"),
        text("message", "Message", field_type="textarea"),
        choice(
            "hs_buying_role",
            "Buying Role",
            ("BLOCKER", "BUDGET_HOLDER", "CHAMPION", "DECISION_MAKER", "END_USER", "INFLUENCER"),
            field_type="checkbox",
        ),
        flag("hs_email_optout", "Unsubscribed from all email", read_only=True),
        text("associatedcompanyid", "Primary Associated Company ID", read_only=True),
        number("hs_analytics_num_page_views", "Number of Pageviews", read_only=True),
    ),
)

NATIVE_CONNECTOR = (
    text("salesforceleadid", "Salesforce Lead ID", read_only=True, group="salesforceinformation"),
    text("salesforcecontactid", "Salesforce Contact ID", read_only=True, group="salesforceinformation"),
    text("salesforceaccountid", "Salesforce Account ID", read_only=True, group="salesforceinformation"),
    moment(
        "salesforcelastsynctime", "Last Salesforce Sync Time", read_only=True, group="salesforceinformation"
    ),
)
"""What HubSpot's own Salesforce integration adds to contacts where it was ever installed."""

COMPANIES = ObjectType(
    name="companies",
    singular="company",
    type_id="0-2",
    created="createdate",
    modified="hs_lastmodifieddate",
    default=("createdate", "domain", "hs_lastmodifieddate", "hs_object_id", "name"),
    any_of=("name", "domain"),
    searched=("name", "domain", "phone", "website"),
    properties=(
        *_common("createdate", "hs_lastmodifieddate"),
        text("name", "Company name"),
        text("domain", "Company Domain Name"),
        text("website", "Website URL"),
        text("phone", "Phone Number"),
        text("address", "Street Address"),
        text("address2", "Street Address 2"),
        text("city", "City"),
        text("state", "State/Region"),
        text("zip", "Postal Code"),
        text("country", "Country/Region"),
        text("description", "Description", field_type="textarea"),
        choice("industry", "Industry", COMPANY_INDUSTRIES),
        number("annualrevenue", "Annual Revenue"),
        number("numberofemployees", "Number of Employees"),
        choice("lifecyclestage", "Lifecycle Stage", LIFECYCLE_STAGES, field_type="radio"),
        choice("type", "Type", ("PROSPECT", "PARTNER", "RESELLER", "VENDOR", "OTHER")),
    ),
)

DEALS = ObjectType(
    name="deals",
    singular="deal",
    type_id="0-3",
    created="createdate",
    modified="hs_lastmodifieddate",
    default=(
        "amount",
        "closedate",
        "createdate",
        "dealname",
        "dealstage",
        "hs_lastmodifieddate",
        "hs_object_id",
        "pipeline",
    ),
    searched=("dealname", "dealtype"),
    properties=(
        *_common("createdate", "hs_lastmodifieddate"),
        text("dealname", "Deal Name"),
        number("amount", "Amount"),
        text("deal_currency_code", "Currency"),
        moment("closedate", "Close Date"),
        choice("pipeline", "Pipeline", (("default", "Sales Pipeline"),)),
        choice("dealstage", "Deal Stage", tuple((value, label) for value, label, _, _ in DEAL_STAGES)),
        choice(
            "dealtype",
            "Deal Type",
            (("newbusiness", "New Business"), ("existingbusiness", "Existing Business")),
        ),
        number("hs_deal_stage_probability", "Deal probability", read_only=True),
        text("description", "Deal Description", field_type="textarea"),
    ),
)

TASKS = ObjectType(
    name="tasks",
    singular="task",
    type_id="0-27",
    created="hs_createdate",
    modified="hs_lastmodifieddate",
    default=("hs_createdate", "hs_lastmodifieddate", "hs_object_id"),
    all_of=("hs_timestamp",),
    searched=("hs_task_subject", "hs_task_body"),
    properties=(
        *_common("hs_createdate", "hs_lastmodifieddate"),
        moment("hs_timestamp", "Due date"),
        text("hs_task_subject", "Task Title"),
        text("hs_task_body", "Notes", field_type="html"),
        choice(
            "hs_task_status",
            "Task Status",
            ("NOT_STARTED", "IN_PROGRESS", "WAITING", "COMPLETED", "DEFERRED"),
        ),
        choice("hs_task_priority", "Priority", ("NONE", "LOW", "MEDIUM", "HIGH")),
        choice("hs_task_type", "Task Type", ("TODO", "CALL", "EMAIL")),
    ),
)

OBJECT_TYPES = (CONTACTS, COMPANIES, DEALS, TASKS)
