"""What a person does with one of their OAuth clients: a new secret, the end of the old one, the end of the client."""

from collections.abc import Callable, Coroutine
from datetime import timedelta

from starlette.responses import Response

from doorward.identity.records import SignedIn
from doorward.oauth.errors import OAuthError
from doorward.operations.delete_client import delete_client
from doorward.operations.drop_old_secret import drop_old_secret
from doorward.operations.rotate_client_secret import rotate_client_secret
from doorward.web.pages.client_secret import ClientSecretPage
from doorward.web.pages.own_clients import PATH, purpose, require_owner
from doorward.web.pages.page import Handler, Page
from doorward.web.pages.problem import Link, Problem, ProblemPage, malformed
from doorward.web.pages.visit import Visit, page_response, see_other

OVERLAPS = {"0": timedelta(0), "1": timedelta(days=1), "7": timedelta(days=7)}
"""For how many days the old secret may go on."""
_NO_SUCH_CLIENT = ProblemPage(
    title="This client is not there",
    text="It was deleted, or it is not yours, or what you asked for was done before.",
    link=Link("Go to your OAuth clients", PATH),
)

Change = Callable[[Visit, SignedIn, str], Coroutine[None, None, Response]]


async def rotate_secret(visit: Visit, current: SignedIn, client_id: str) -> Response:
    """Make a new secret, and show it this once."""
    overlap = OVERLAPS.get(visit.form.require("overlap"))
    if overlap is None:
        raise malformed("It does not say how long the old secret goes on.")
    web = visit.web
    try:
        rotated = await web.run(
            rotate_client_secret,
            web.database,
            client_id=client_id,
            overlap=overlap,
            owner_id=current.user.id,
            now=visit.now,
            context=visit.context,
        )
    except OAuthError:
        raise Problem(404, _NO_SUCH_CLIENT) from None
    if rotated is None:
        raise Problem(404, _NO_SUCH_CLIENT)
    return page_response(ClientSecretPage.of(visit, *rotated))


async def end_old_secret(visit: Visit, current: SignedIn, client_id: str) -> Response:
    """End the secret that a new one replaced, before its time."""
    web = visit.web
    dropped = await web.run(
        drop_old_secret,
        web.database,
        client_id=client_id,
        owner_id=current.user.id,
        now=visit.now,
        context=visit.context,
    )
    if not dropped:
        raise Problem(404, _NO_SUCH_CLIENT)
    return see_other(f"{PATH}?done=dropped")


async def end_client(visit: Visit, current: SignedIn, client_id: str) -> Response:
    """Delete a client of the person, and end what is connected with it."""
    web = visit.web
    deleted = await web.run(
        delete_client,
        web.database,
        client_id=client_id,
        owner_id=current.user.id,
        now=visit.now,
        context=visit.context,
    )
    if not deleted:
        raise Problem(404, _NO_SUCH_CLIENT)
    return see_other(f"{PATH}?done=deleted")


def _page(path: str, verb: str, change: Change) -> Page:
    """A form that changes one client of whoever is signed in; its hidden token is for that client and verb alone."""

    async def post(visit: Visit) -> Response:
        client_id = visit.form.require("client")
        current = await require_owner(visit)
        if current is None:
            return see_other("/sign-in")
        visit.require_form_token(purpose(verb, client_id))
        response = await change(visit, current, client_id)
        visit.web.server.stored_clients.forget(client_id)
        return response

    handler: Handler = post
    handler.__doc__ = change.__doc__
    return Page(path=path, post=handler)


PAGES = (
    _page(f"{PATH}/rotate-secret", "rotate", rotate_secret),
    _page(f"{PATH}/drop-old-secret", "drop", end_old_secret),
    _page(f"{PATH}/delete", "delete", end_client),
)
