"""The Metadata API's rules for the components we ship, as far as they matter here, in our own words.

They are from Salesforce's Metadata API guide (pages of the types, v63) and from the WSDL that every org gives
out. A file may use fewer elements than its type has; what is not listed here we have no use for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

NAMESPACE = "http://soap.sforce.com/2006/04/metadata"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """Root element, and folder below force-app/main/default; a field's folder is that of its object."""

    root: str
    folder: str


KINDS: Mapping[str, Kind] = {
    "eca": Kind(root="ExternalClientApplication", folder="externalClientApps"),
    "ecaGlblOauth": Kind(root="ExtlClntAppGlobalOauthSettings", folder="extlClntAppGlobalOauthSets"),
    "ecaOauth": Kind(root="ExtlClntAppOauthSettings", folder="extlClntAppOauthSettings"),
    "ecaOauthPlcy": Kind(root="ExtlClntAppOauthConfigurablePolicies", folder="extlClntAppOauthPolicies"),
    "ecaPlcy": Kind(root="ExtlClntAppConfigurablePolicies", folder="extlClntAppPolicies"),
    "field": Kind(root="CustomField", folder="objects"),
    "flow": Kind(root="Flow", folder="flows"),
    "md": Kind(root="CustomMetadata", folder="customMetadata"),
    "object": Kind(root="CustomObject", folder="objects"),
    "permissionset": Kind(root="PermissionSet", folder="permissionsets"),
    "workflow": Kind(root="Workflow", folder="workflows"),
}
"""By the suffix before `-meta.xml`."""

_CONNECTOR = ("targetReference!",)
_REFERENCE = ("elementReference!",)

SHAPES: Mapping[str, tuple[str, ...]] = {
    "Workflow": ("outboundMessages*",),
    "Workflow/outboundMessages": (
        *("fullName!", "apiVersion!", "description", "endpointUrl!", "fields*", "includeSessionId!"),
        *("integrationUser!", "name!", "protected!", "useDeadLetterQueue"),
    ),
    "Flow": (
        *("actionCalls*", "apiVersion!", "description", "environments", "interviewLabel", "label!"),
        *("processType!", "recordUpdates*", "start!", "status!"),
    ),
    "Flow/actionCalls": (
        *("name!", "label!", "locationX!", "locationY!", "actionName!", "actionType!"),
        *("flowTransactionModel", "nameSegment"),
    ),
    "Flow/recordUpdates": (
        *("name!", "label!", "locationX!", "locationY!", "filterLogic", "filters*", "inputAssignments*"),
        "object",
    ),
    "Flow/recordUpdates/filters": ("field!", "operator!", "value"),
    "Flow/recordUpdates/filters/value": _REFERENCE,
    "Flow/recordUpdates/inputAssignments": ("field!", "value"),
    "Flow/recordUpdates/inputAssignments/value": _REFERENCE,
    "Flow/start": (
        *("locationX!", "locationY!", "connector", "object", "recordTriggerType", "scheduledPaths*"),
        "triggerType",
    ),
    "Flow/start/connector": _CONNECTOR,
    # A path after the commit carries nothing besides: no label, no time.
    "Flow/start/scheduledPaths": ("connector", "pathType!"),
    "Flow/start/scheduledPaths/connector": _CONNECTOR,
    "CustomField": (
        *("fullName!", "caseSensitive", "description", "externalId", "fieldManageability"),
        *("inlineHelpText", "label!", "length", "required", "type!", "unique"),
    ),
    "CustomObject": ("description", "label!", "pluralLabel!", "visibility"),
    "CustomMetadata": ("label!", "protected", "values*"),
    "CustomMetadata/values": ("field!", "value!"),
    "PermissionSet": (
        *("customMetadataTypeAccesses*", "description", "fieldPermissions*", "hasActivationRequired"),
        *("label!", "objectPermissions*", "userPermissions*"),
    ),
    "PermissionSet/customMetadataTypeAccesses": ("enabled!", "name!"),
    "PermissionSet/fieldPermissions": ("editable!", "field!", "readable"),
    "PermissionSet/objectPermissions": (
        *("allowCreate!", "allowDelete!", "allowEdit!", "allowRead!", "modifyAllRecords!", "object!"),
        "viewAllRecords!",
    ),
    "PermissionSet/userPermissions": ("enabled!", "name!"),
    "ExternalClientApplication": (
        *("contactEmail!", "description", "distributionState!", "isProtected", "label!"),
    ),
    "ExtlClntAppOauthSettings": ("commaSeparatedOauthScopes", "externalClientApplication!", "label"),
    "ExtlClntAppGlobalOauthSettings": (
        *("callbackUrl!", "externalClientApplication!", "isClientCredentialsFlowEnabled"),
        *("isConsumerSecretOptional", "isIntrospectAllTokens", "isPkceRequired"),
        *("isSecretRequiredForRefreshToken", "label", "shouldRotateConsumerKey"),
        "shouldRotateConsumerSecret",
    ),
    "ExtlClntAppOauthConfigurablePolicies": (
        *("clientCredentialsFlowUser", "externalClientApplication!", "ipRelaxationPolicyType"),
        *("isClientCredentialsFlowEnabled", "isGuestCodeCredFlowEnabled", "isTokenExchangeFlowEnabled"),
        *("label", "permittedUsersPolicyType", "refreshTokenPolicyType"),
    ),
    "ExtlClntAppConfigurablePolicies": (
        *("externalClientApplication!", "isEnabled!", "isOauthPluginEnabled", "label"),
    ),
}
"""Children of each element in the order the API demands: `!` must be there, `*` may come several times."""

VALUES: Mapping[str, frozenset[str]] = {
    "Flow/actionCalls/actionType": frozenset({"outboundMessage"}),
    "Flow/processType": frozenset({"AutoLaunchedFlow"}),
    "Flow/start/recordTriggerType": frozenset({"Create", "Update", "CreateAndUpdate", "Delete"}),
    "Flow/start/scheduledPaths/pathType": frozenset({"AsyncAfterCommit"}),
    "Flow/start/triggerType": frozenset({"RecordAfterSave"}),
    "Flow/status": frozenset({"Active"}),
    "CustomField/type": frozenset({"Text", "DateTime"}),
    "CustomObject/visibility": frozenset({"Public", "Protected"}),
    "ExternalClientApplication/distributionState": frozenset({"Local", "Packageable"}),
    "ExtlClntAppOauthConfigurablePolicies/permittedUsersPolicyType": frozenset(
        {"AllSelfAuthorized", "AdminApprovedPreAuthorized"}
    ),
    "ExtlClntAppOauthConfigurablePolicies/refreshTokenPolicyType": frozenset({"Zero", "Infinite"}),
    "PermissionSet/userPermissions/name": frozenset({"ApiEnabled"}),
}
"""What an element may say, where the API or our intention leaves a choice."""

SYSTEM_FIELDS = frozenset(
    {"Id", "CreatedDate", "CreatedById", "LastModifiedDate", "LastModifiedById", "SystemModstamp"}
)
"""Fields that every object has, and that no field permission can hide."""

NOT_PERMITTED = frozenset(
    {
        *("Lead.Company", "Lead.Status", "Lead.Name", "Contact.Name"),
        *(f"{kind}.{name}" for kind in ("Lead", "Contact") for name in SYSTEM_FIELDS),
        *(
            f"{kind}.{name}"
            for kind in ("Lead", "Contact")
            for name in ("FirstName", "LastName", "Salutation")
        ),
        *(f"Lead.{part}" for part in ("Street", "City", "State", "PostalCode", "Country")),
        *(f"Contact.Mailing{part}" for part in ("Street", "City", "State", "PostalCode", "Country")),
    }
)
"""Fields whose permission cannot be deployed: required ones, parts of a name, parts of an address."""
