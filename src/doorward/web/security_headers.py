"""The headers every page carries."""

from starlette.responses import Response

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'"
)
"""No script at all, and no `form-action`: Chromium applies it to the redirect that follows a form, so it would block
the way back to the client."""

_PAGE_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    # `no-referrer` would make browsers send `Origin: null` with our own forms.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_STRICT_TRANSPORT_SECURITY = "max-age=31536000"


def secure_page(response: Response, *, https: bool, keeps_opener: bool) -> None:
    """Add what a page must carry; what the response has already stays.

    A client in a browser opens the flow in a window of its own and waits for word from its callback there;
    any other opener policy cuts that thread for good, so `keeps_opener` is for the pages on that way.
    """
    response.headers.setdefault("Cross-Origin-Opener-Policy", "unsafe-none" if keeps_opener else "same-origin")
    for name, value in _PAGE_HEADERS.items():
        response.headers.setdefault(name, value)
    if https:
        response.headers.setdefault("Strict-Transport-Security", _STRICT_TRANSPORT_SECURITY)
