"""The OAuth clients that a person makes for themself, on pages without a script."""

import pytest

from doorward.audit import AuditTag
from doorward.operations.find_client import find_client
from doorward.operations.list_own_clients import list_own_clients
from doorward.operations.update_client import ClientChanges, update_client
from tests.builders import HERE, NOW, audited, given_a_user, given_an_authorization
from tests.web.api.builders import a_challenge

PATH = "/account/clients"
CALLBACK = "https://automation.example/cb"


@pytest.fixture
def eve(visit, database, user):
    """Somebody else."""
    given_a_user(database, email="eve@example.org")
    other = visit()
    other.sign_in(email="eve@example.org")
    return other


def make(visitor, **typed: str):
    fields = {
        "name": "Automation",
        "redirect_uris": f"{CALLBACK}\r\nhttp://127.0.0.1/cb",
        "method": "client_secret_post",
    }
    return visitor.submit(visitor.get(PATH), PATH, **{**fields, **typed})


def secret_on(answer) -> str:
    return answer.page.one("code", class_="secret").text


def request_address(client_id: str, **parameters: str) -> str:
    query = "&".join(
        f"{name}={value}"
        for name, value in {
            "response_type": "code",
            "client_id": client_id,
            "redirect_uri": CALLBACK,
            "code_challenge": a_challenge(),
            "code_challenge_method": "S256",
            **parameters,
        }.items()
    )
    return f"/oauth/authorize?{query}"


def test_whoever_is_not_signed_in_is_sent_to_sign_in(visitor) -> None:
    assert "/sign-in" == visitor.get(PATH).location
    for path in ("", "/rotate-secret", "/drop-old-secret", "/delete"):
        answer = visitor.post(PATH + path, {"client": "x", "form_token": "x", "name": "", "redirect_uris": ""})
        assert (303, "/sign-in") == (answer.status, answer.location)


def test_a_secret_is_shown_once_and_never_again(at_home, user, database) -> None:
    """R26: on a page that is not cached, and hashed at rest."""
    made = make(at_home)
    secret = secret_on(made)
    (client,) = list_own_clients(database, user_id=user.id)

    assert 200 == made.status
    assert "no-store" == made.response.headers["cache-control"]
    assert secret.startswith("dws_")
    assert client.client_id in made.page.one("main").text
    assert secret not in at_home.get(PATH).response.text
    assert secret not in str(client) + str(audited(database, AuditTag.CLIENT_REGISTERED))
    assert (CALLBACK, "http://127.0.0.1/cb") == client.redirect_uris


def test_a_public_client_goes_back_to_the_list(at_home, user, database) -> None:
    made = make(at_home, method="none")
    page = at_home.get(made.location).page

    assert 303 == made.status
    assert "Made the client" in page.one("p", role="status").text
    assert list_own_clients(database, user_id=user.id)[0].client_id in page.one("ul", class_="connections").text
    assert [] == page.all("form", action=f"{PATH}/rotate-secret")


@pytest.mark.parametrize(
    ("typed", "word"),
    [
        ({"name": " "}, "name"),
        ({"redirect_uris": "javascript:alert(1)"}, "scheme"),
        ({"redirect_uris": "http://automation.example/cb"}, "this computer (localhost)"),
        ({"redirect_uris": f"{CALLBACK}\r\nnot one"}, "Line 2: a redirect URI is malformed"),
        ({"redirect_uris": "/callback"}, "https://app.example.com/callback"),
        ({"method": "magic"}, "authentication method"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(at_home, user, database, typed, word) -> None:
    """WCAG 3.3.1; it is escaped."""
    answer = make(at_home, **{"name": '"><b>', **typed})

    assert 400 == answer.status
    assert word in answer.page.one("p", role="alert").text
    assert [] == list_own_clients(database, user_id=user.id)
    assert "<b>" not in answer.response.text


def test_nobody_makes_more_than_anybody_may(visit, user, database) -> None:
    visitor = visit(clients_per_user=1)
    visitor.sign_in()
    form = visitor.get(PATH).page.one("form", action=PATH).fields
    make(visitor)
    again = visitor.post(PATH, {**form, "name": "b", "redirect_uris": CALLBACK, "method": "none"})

    assert 409 == again.status
    assert "Delete one first" in again.page.one("p", role="alert").text
    assert 1 == len(list_own_clients(database, user_id=user.id))
    assert [] == visitor.get(PATH).page.all("form", action=PATH)


def test_where_people_make_none_there_is_no_page(visit, user) -> None:
    visitor = visit(clients_per_user=0)
    visitor.sign_in()

    assert [404, 404] == [visitor.get(PATH).status, visitor.post(f"{PATH}/delete", {"client": "x"}).status]
    assert PATH not in visitor.get("/account").response.text


def test_a_new_secret_is_shown_and_the_old_one_can_be_ended(at_home, user, database) -> None:
    first = secret_on(make(at_home))
    rotated = at_home.submit(at_home.get(PATH), f"{PATH}/rotate-secret", overlap="7")
    (client,) = list_own_clients(database, user_id=user.id)

    assert secret_on(rotated) != first
    assert 2 == len(client.at(NOW).client_secret_hashes)
    assert "22 January 2026" in rotated.page.one("main").text
    dropped = at_home.submit(at_home.get(PATH), f"{PATH}/drop-old-secret")
    assert "Ended the old secret" in at_home.get(dropped.location).page.one("p", role="status").text
    assert [] == at_home.get(PATH).page.all("form", action=f"{PATH}/drop-old-secret")


def test_what_becomes_of_the_old_secret_reads_as_a_choice_not_as_a_state(at_home) -> None:
    make(at_home)
    form = at_home.get(PATH).page.one("form", action=f"{PATH}/rotate-secret")

    assert "When I make a new secret, the old one" == form.one("label").text


def test_deleting_asks_first_and_says_what_ends(at_home, user, database) -> None:
    """The question names the client, and who is connected with it; looking at it changes nothing."""
    make(at_home, name="<b>Automation</b>")
    (client,) = list_own_clients(database, user_id=user.id)
    unused = _question(at_home)
    for _ in range(2):
        given_an_authorization(database, user, client_id=client.client_id)
    given_an_authorization(database, user, client_id="another")
    used = _question(at_home)

    assert [200, "Delete this client?"] == [used.status, used.title]
    assert "<b>Automation</b>" == used.page.one("bdi").text
    assert client.client_id in used.page.one("main").text
    assert "Nobody is connected with it." in unused.page.one("main").text
    assert "tokens stop" not in unused.page.one("main").text
    assert "You are connected with it." in used.page.one("main").text
    assert "its tokens stop within 5 seconds" in used.page.one("main").text
    assert "its secret, for good" in used.page.one("main").text
    assert [client] == list_own_clients(database, user_id=user.id)


def test_others_who_are_connected_with_a_shared_client_are_counted(at_home, eve, user, database) -> None:
    make(at_home)
    (client,) = list_own_clients(database, user_id=user.id)
    update_client(database, client_id=client.client_id, changes=ClientChanges(shared=True), now=NOW, context=HERE)
    for person in (user, given_a_user(database, email="bob@example.org")):
        given_an_authorization(database, person, client_id=client.client_id)

    assert "2 people are connected with it." in _question(at_home).page.one("main").text


def test_nobody_is_asked_about_what_is_not_theirs(at_home, eve, visitor) -> None:
    """And nobody learns whether there is such a client."""
    make(at_home)
    address = f"{PATH}/delete?client={at_home.get(PATH).page.one('form', action=f'{PATH}/delete').fields['client']}"

    assert [404, "This client is not there"] == [(answer := eve.get(address)).status, answer.title]
    assert 404 == at_home.get(f"{PATH}/delete?client=nobody%00").status
    assert 400 == at_home.get(f"{PATH}/delete").status


def test_deleting_ends_the_client(at_home, user, database) -> None:
    make(at_home)
    form = _question(at_home).page.one("form", action=f"{PATH}/delete").fields
    deleted = at_home.post(f"{PATH}/delete", form)

    assert "Deleted" in at_home.get(deleted.location).page.one("p", role="status").text
    assert [] == list_own_clients(database, user_id=user.id)
    assert 404 == at_home.post(f"{PATH}/delete", form).status


def _question(visitor):
    """The page behind the Delete button of the first client."""
    form = visitor.get(PATH).page.all("form", action=f"{PATH}/delete")[0]
    return visitor.get(f"{PATH}/delete?client={form.fields['client']}")


@pytest.mark.parametrize("action", ["rotate-secret", "drop-old-secret", "delete"])
def test_a_form_counts_for_one_client_one_deed_and_one_session(at_home, eve, user, database, action: str) -> None:
    """ASVS 3.5.1: the token of another form, client or session is no token, and no other site may post."""
    make(at_home)
    make(at_home)
    at_home.post(f"{PATH}/rotate-secret", {**_form(at_home, "rotate-secret"), "overlap": "7"})
    before = list_own_clients(database, user_id=user.id)
    form = _form(at_home, action)
    other = "delete" if action != "delete" else "rotate-secret"
    (second,) = [client.client_id for client in before if client.client_id != form["client"]]
    wrong = [
        {"client": form["client"]},
        {**form, "form_token": _form(at_home, other)["form_token"]},
        {**form, "client": second},
    ]
    for fields in wrong:
        assert 403 == at_home.post(f"{PATH}/{action}", {**fields, "overlap": "0"}).status
    assert 403 == eve.post(f"{PATH}/{action}", {**form, "overlap": "0"}).status
    for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}):
        assert 403 == at_home.post(f"{PATH}/{action}", {**form, "overlap": "0"}, **headers).status

    assert before == list_own_clients(database, user_id=user.id)


def _form(visitor, action: str) -> dict[str, str]:
    if action == "delete":
        return _question(visitor).page.one("form", action=f"{PATH}/delete").fields
    return visitor.get(PATH).page.all("form", action=f"{PATH}/{action}")[0].fields


def test_nobody_makes_a_client_in_anothers_name(at_home, eve, user, database) -> None:
    form = at_home.get(PATH).page.one("form", action=PATH).fields
    fields = {**form, "name": "x", "redirect_uris": CALLBACK, "method": "none"}

    assert 403 == eve.post(PATH, fields).status
    assert 403 == at_home.post(PATH, {**fields, "form_token": "x"}).status
    assert 403 == at_home.post(PATH, fields, Origin="https://evil.example").status
    assert [] == list_own_clients(database, user_id=user.id)


@pytest.mark.parametrize("overlap", ["", "2", "-1", "99999999999999999999"])
def test_an_overlap_nobody_offered_is_refused(at_home, user, database, overlap: str) -> None:
    make(at_home)
    before = list_own_clients(database, user_id=user.id)

    assert 400 == at_home.submit(at_home.get(PATH), f"{PATH}/rotate-secret", overlap=overlap).status
    assert before == list_own_clients(database, user_id=user.id)


def test_its_owner_is_asked_every_time_and_told_that_it_is_theirs(at_home, user, database) -> None:
    """Decision 0029: consent is always asked; a client of one's own is no verified app."""
    make(at_home)
    (client,) = list_own_clients(database, user_id=user.id)
    for _ in range(2):
        consent = at_home.open_consent(request_address(client.client_id))
        assert "An app wants to connect" == consent.title
        assert "made by you" == consent.page.one("span", class_="badge").text
        assert at_home.decide(consent, "approve").location.startswith(f"{CALLBACK}?code=")


def test_somebody_else_is_told_that_it_is_not_for_them(at_home, eve, user, database) -> None:
    """A page and no redirect, before and after the consent form."""
    make(at_home)
    (client,) = list_own_clients(database, user_id=user.id)
    answer = eve.get(request_address(client.client_id))
    silent = eve.get(request_address(client.client_id, prompt="none"))
    wrong = eve.get(request_address(client.client_id, response_type="token"))

    assert 403 == wrong.status
    assert (403, "This app is not for you") == (answer.status, answer.title)
    assert "made by you" not in answer.response.text
    assert 303 == silent.status
    assert "error=access_denied" in silent.location


def test_a_shared_client_is_an_unverified_app_to_others_until_it_is_unshared(at_home, eve, web, user, database) -> None:
    make(at_home)
    (client,) = list_own_clients(database, user_id=user.id)

    def share(*, shared: bool) -> None:
        changes = ClientChanges(shared=shared)
        update_client(database, client_id=client.client_id, changes=changes, now=NOW, context=HERE)
        web.server.stored_clients.forget(client.client_id)

    share(shared=True)
    consent = eve.open_consent(request_address(client.client_id))
    share(shared=False)
    decided = eve.decide(consent, "approve")

    assert "unverified app" == consent.page.one("span", class_="badge").text
    assert (403, "This app is not for you") == (decided.status, decided.title)
    assert find_client(database, client_id=client.client_id) is not None
