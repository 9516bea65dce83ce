"""The settings: declared once, documented where they are declared, misspelt ones refused."""

from doorward.settings.environment import load_settings
from doorward.settings.errors import SettingsError
from doorward.settings.model import Settings
from doorward.settings.public_addresses import Addresses, addresses
from doorward.settings.reference import SettingReference, settings_reference

__all__ = [
    "Addresses",
    "SettingReference",
    "Settings",
    "SettingsError",
    "addresses",
    "load_settings",
    "settings_reference",
]
