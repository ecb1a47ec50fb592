"""A whole Diptych in this process, from a CRM's notice to the other CRM's record and back."""
