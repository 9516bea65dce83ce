"""The endpoints of the authorization server: the phases that every request goes through."""
