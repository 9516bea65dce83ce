"""Ending a connection."""

from starlette.responses import Response

from doorward.operations.disconnect import disconnect
from doorward.web.pages.account import disconnect_purpose
from doorward.web.pages.page import Page
from doorward.web.pages.problem import HOME, Problem, ProblemPage
from doorward.web.pages.visit import Visit, see_other

_NO_SUCH_CONNECTION = ProblemPage(
    title="Nothing to disconnect", text="This app is not connected with your account any more.", link=HOME
)


async def end_connection(visit: Visit) -> Response:
    """Revoke one Authorization of the signed-in person (ASVS 10.4.9)."""
    public_id = visit.form.require("connection")
    current = await visit.signed_in()
    if current is None:
        return see_other("/sign-in")
    visit.require_form_token(disconnect_purpose(public_id))
    web = visit.web
    ended = await web.run(
        disconnect,
        web.database,
        user_id=current.user.id,
        public_id=public_id,
        now=visit.now,
        context=visit.context,
    )
    if not ended:
        raise Problem(404, _NO_SUCH_CONNECTION)
    return see_other("/account?done=disconnected")


PAGE = Page(path="/account/disconnect", post=end_connection)
