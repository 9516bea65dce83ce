"""What a wrong setting is answered with."""


class SettingsError(Exception):
    """A setting is wrong; the message is one sentence that names it and the mend, and never a value."""
