"""Our own static files."""

import re

from doorward.web.static_files import asset_url, static_files


def test_the_address_of_a_file_carries_its_fingerprint() -> None:
    """A changed file has another address, so a copy may be kept for ever."""
    style = static_files()["style.css"]

    assert f"/static/{style.fingerprint}/style.css" == asset_url("style.css")
    assert re.fullmatch(r"[0-9a-f]{16}", style.fingerprint)


def test_nothing_is_loaded_from_elsewhere() -> None:
    """R29: no third-party font, image or script, so nobody learns who signs in."""
    for file in static_files().values():
        text = file.content.decode().replace('xmlns="http://www.w3.org/2000/svg"', "")
        assert not re.search(r"https?:|//|@import|url\(|@font-face", text), file.name
