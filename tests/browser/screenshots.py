"""Takes pictures of the pages of a running server.

`python -m tests.browser.screenshots` renews docs/images/consent.png, the picture in the README.
`python -m tests.browser.screenshots FOLDER` takes every page on a phone, a tablet and a desktop, light and dark.
"""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.browser.chromium import running_chromium
from tests.browser.client import Client, listening_client, register
from tests.browser.people import open_consent
from tests.browser.running_server import RunningServer, running_server
from tests.browser.test_looks import PAGES
from tests.browser.variants import documents

README_PICTURE = Path(__file__).parents[2] / "docs" / "images" / "consent.png"
SIZES = {"phone": (390, 844), "tablet": (768, 1024), "desktop": (1280, 800)}
CALLBACK = "https://claude.ai/api/mcp/auth_callback"


def take_readme_picture(browser: Browser, server: RunningServer) -> None:
    """The consent page as somebody who connects Claude sees it."""
    client = Client(server.address, CALLBACK, register(server.address, CALLBACK, name="Claude"))
    page = browser.new_page(viewport={"width": 760, "height": 830}, device_scale_factor=1.5)
    open_consent(page, client)
    README_PICTURE.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=README_PICTURE, full_page=True)
    page.close()


def take_every_page(browser: Browser, server: RunningServer, folder: Path) -> None:
    """One picture for each page, size and colour scheme."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, show in PAGES.items():
        with listening_client(server.address) as client:
            context = browser.new_context(reduced_motion="reduce")
            page = context.new_page()
            show(page, server, client)
            _take(page, folder, name)
            context.close()
    page = browser.new_page(reduced_motion="reduce")
    for name, html in documents().items():
        page.set_content(html)
        _take(page, folder, name)
    page.close()


def _take(page: Page, folder: Path, name: str) -> None:
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for size, (width, height) in SIZES.items():
            page.set_viewport_size({"width": width, "height": height})
            page.screenshot(path=folder / f"{name.replace(' ', '-')}-{size}-{scheme}.png", full_page=True)


def main(arguments: list[str]) -> None:
    """Start a server and a browser, and take the pictures."""
    with tempfile.TemporaryDirectory() as scratch, running_chromium() as browser:
        settings = {"sign_up": "open"} if arguments else {}
        with running_server(Path(scratch) / "data", port=None if arguments else 8000, **settings) as server:
            server.create_user()
            if arguments:
                take_every_page(browser, server, Path(arguments[0]))
            else:
                take_readme_picture(browser, server)


if __name__ == "__main__":
    main(sys.argv[1:])
