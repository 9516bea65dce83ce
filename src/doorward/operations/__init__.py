"""Use cases: one function, one transaction, one audit event; shared by the command line, the pages and the JSON API."""
