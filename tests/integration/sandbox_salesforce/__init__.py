"""The stand-in Salesforce, behaviour by behaviour."""
