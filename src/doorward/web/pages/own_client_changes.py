"""What a person does with one of their OAuth clients: a new secret, the end of the old one, the end of the client."""

from collections.abc import Callable, Coroutine
from datetime import timedelta

from starlette.responses import Response

from doorward.oauth.errors import OAuthError
from doorward.web.pages.client_secret import ClientSecretPage
from doorward.web.pages.own_client_deletion import ask_before_deletion
from doorward.web.pages.own_clients import NO_SUCH_CLIENT, PATH, purpose, require_owner
from doorward.web.pages.page import Handler, Page
from doorward.web.pages.problem import Problem, malformed
from doorward.web.pages.visit import Visit, page_response, see_other
from doorward.web.stored_clients import NoSuchClient, StoredClients

OVERLAPS = {"0": timedelta(0), "1": timedelta(days=1), "7": timedelta(days=7)}
"""For how many days the old secret may go on."""

Change = Callable[[Visit, StoredClients, str], Coroutine[None, None, Response]]


async def rotate_secret(visit: Visit, clients: StoredClients, client_id: str) -> Response:
    """Make a new secret, and show it this once."""
    overlap = OVERLAPS.get(visit.form.require("overlap"))
    if overlap is None:
        raise malformed("It does not say how long the old secret goes on.")
    try:
        rotated = await clients.rotate_secret(client_id, overlap=overlap)
    except OAuthError:
        raise NoSuchClient from None
    return page_response(ClientSecretPage.of(visit, *rotated))


async def end_old_secret(_visit: Visit, clients: StoredClients, client_id: str) -> Response:
    """End the secret that a new one replaced, before its time."""
    await clients.drop_old_secret(client_id)
    return see_other(f"{PATH}?done=dropped")


async def end_client(_visit: Visit, clients: StoredClients, client_id: str) -> Response:
    """Delete a client of the person, and end what is connected with it."""
    await clients.delete(client_id)
    return see_other(f"{PATH}?done=deleted")


def _page(path: str, verb: str, change: Change, *, question: Handler | None = None) -> Page:
    """A form that changes one client of whoever is signed in; its hidden token is for that client and verb alone."""

    async def post(visit: Visit) -> Response:
        client_id = visit.form.require("client")
        current = await require_owner(visit)
        if current is None:
            return see_other("/sign-in")
        visit.require_form_token(purpose(verb, client_id))
        clients = StoredClients(web=visit.web, context=visit.context, owner_id=current.user.id, by_user=None)
        try:
            return await change(visit, clients, client_id)
        except NoSuchClient:
            raise Problem(404, NO_SUCH_CLIENT) from None

    handler: Handler = post
    handler.__doc__ = change.__doc__
    return Page(path=path, get=question, post=handler)


PAGES = (
    _page(f"{PATH}/rotate-secret", "rotate", rotate_secret),
    _page(f"{PATH}/drop-old-secret", "drop", end_old_secret),
    _page(f"{PATH}/delete", "delete", end_client, question=ask_before_deletion),
)
