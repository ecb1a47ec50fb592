"""A sound portal file, and what it says."""

from __future__ import annotations

import textwrap

import pytest

from contract.errors import InvalidInput
from contract.portal_file import load_portal
from contract.settings import Portal

PORTAL_FILE = """\
# Our portal
portal: 4242
name: Acme Ltd
hubspot:
  access_token: pat-eu1-first
  app_id: 777
  client_secrets: [client-secret-new, client-secret-old]
salesforce:
  org_id: 00D1t000000abcd
  instance_url: https://acme.my.salesforce.com/
  auth:
    method: client_credentials
    client_id: 3MVG9.abc
    client_secret: consumer-secret
  webhook_secret: secret-of-the-address
sync:
  mode: on
contacts:
  create_as: contact
  create_as_when:
    - property: lifecyclestage
      value: customer
      create_as: lead
  create_in_hubspot:
    from_leads: yes
time_zone: Europe/Berlin
mappings:
  - hubspot: jobtitle
    rule: two_way
  - hubspot: nickname
    lead: Nickname__c
    length: 40
"""

SECRETS = (
    "pat-eu1-first",
    "client-secret-new",
    "client-secret-old",
    "consumer-secret",
    "secret-of-the-address",
)

KEY = "-----BEGIN PRIVATE KEY-----\nMIIEvg==\n-----END PRIVATE KEY-----"
JWT = f"""method: jwt
    client_id: abc
    username: sync@acme.example
    private_key: |
{textwrap.indent(KEY, "      ")}
"""
CREDENTIALS = "method: client_credentials\n    client_id: 3MVG9.abc\n    client_secret: consumer-secret\n"

ACME = load_portal(PORTAL_FILE)


def faults(text: str, existing: Portal | None = None) -> dict[str, str]:
    """The faults of a file that must be refused."""
    with pytest.raises(InvalidInput) as refused:
        load_portal(text, existing)
    assert all(f"{path}: {says}" in str(refused.value) for path, says in refused.value.faults.items())
    return dict(refused.value.faults)


def changed(old: str, new: str) -> str:
    assert old in PORTAL_FILE
    return PORTAL_FILE.replace(old, new)
