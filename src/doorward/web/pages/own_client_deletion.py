"""The question before an OAuth client of a person is deleted."""

from dataclasses import dataclass

from starlette.responses import Response

from doorward.operations.preview_client_deletion import preview_client_deletion
from doorward.web.pages.form import parse_form
from doorward.web.pages.own_clients import NO_SUCH_CLIENT, purpose, require_owner
from doorward.web.pages.problem import Problem
from doorward.web.pages.visit import Visit, page_response, see_other
from doorward.web.words import people_in_words


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteClientPage:
    """Which client it is, and what ends with it."""

    title: str = "Delete this client?"
    client_id: str
    name: str
    is_confidential: bool
    connected: str
    """How many people are connected with it, as the beginning of a sentence."""
    is_connected: bool
    form_token: str


async def ask_before_deletion(visit: Visit) -> Response:
    """Ask whether a client is to be deleted; nothing changes before the answer."""
    current = await require_owner(visit)
    if current is None:
        return see_other("/sign-in")
    web, client_id = visit.web, parse_form(visit.query).require("client")
    found = await web.run(
        preview_client_deletion, web.database, client_id=client_id, owner_id=current.user.id, now=visit.now
    )
    if found is None:
        raise Problem(404, NO_SUCH_CLIENT)
    client, use = found
    return page_response(
        DeleteClientPage(
            client_id=client.client_id,
            name=client.client_name or "A client without a name",
            is_confidential=client.is_confidential,
            connected="You are" if use.people == 1 and client.shared_at is None else people_in_words(use.people),
            is_connected=use.people > 0,
            form_token=visit.form_token(purpose("delete", client.client_id)),
        )
    )
