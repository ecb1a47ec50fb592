"""What Diptych needs in a Salesforce org, as a source-format project that is rendered for a portal."""

from diptych.salesforce.project import Org, flow_names, folder_of, render, write

__all__ = ["Org", "flow_names", "folder_of", "render", "write"]
