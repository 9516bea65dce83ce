"""People: sign up, sign in, who am I, sign out."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel

from doorward.identity.email import InvalidEmail
from doorward.identity.login import SignInFailed
from doorward.identity.passwords import WeakPassword
from doorward.identity.ports import EmailTaken
from doorward.identity.records import SessionKind, User
from doorward.identity.sign_up import InvitationInvalid, SignUpClosed
from doorward.operations.sign_out import sign_out
from doorward.operations.sign_up import sign_up
from doorward.web.api.current_user import ComposedServer, CurrentUser, session_token
from doorward.web.api.errors import (
    AddressTaken,
    InvitationRefused,
    MalformedRequest,
    SignInRefused,
    SignUpRefused,
    WeakPasswordRefused,
)
from doorward.web.api.json_body import Body, body_of, request_body
from doorward.web.sign_in import sign_in_with

router = APIRouter(prefix="/api/users", tags=["users"])


class SignUpBody(Body):
    """An account to make; `invitation` is the token of an invitation link."""

    email: str
    password: str
    invitation: str | None = None


class SignInBody(Body):
    """The credentials of an account."""

    email: str
    password: str


class UserAnswer(BaseModel):
    """An account, as its person may see it."""

    id: str
    email: str
    email_verified: bool
    is_administrator: bool
    created_at: datetime

    @classmethod
    def of(cls, user: User) -> "UserAnswer":
        return cls(
            id=user.id,
            email=user.email,
            email_verified=user.email_verified,
            is_administrator=user.is_administrator,
            created_at=user.created_at,
        )


class SignInAnswer(BaseModel):
    """A session token, shown once; for this API only, and for what of it the person may call."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"
    expires_in: int
    user: UserAnswer


@router.post("/register", status_code=201, openapi_extra=request_body(SignUpBody))
async def register(
    request: Request, web: ComposedServer, body: Annotated[SignUpBody, Depends(body_of(SignUpBody))]
) -> UserAnswer:
    """Make an account, as far as the server's sign-up mode lets people.

    A closed server answers every request alike. Where sign-up is open the answer for an address in use is plain:
    no mail is sent, so a made-up success would be found out by the next sign-in.
    """
    try:
        user = await web.run_hashing(
            sign_up,
            web.database,
            web.passwords,
            mode=web.sign_up,
            limits=web.sign_in_limits,
            email=body.email,
            password=body.password,
            invitation=body.invitation,
            now=web.clock.now(),
            context=web.request_context(request),
        )
    except SignUpClosed:
        raise SignUpRefused from None
    except InvitationInvalid:
        raise InvitationRefused from None
    except InvalidEmail:
        raise MalformedRequest("email is not an e-mail address") from None
    except WeakPassword as error:
        raise WeakPasswordRefused(str(error)) from None
    except EmailTaken:
        raise AddressTaken from None
    return UserAnswer.of(user)


@router.post("/login", openapi_extra=request_body(SignInBody))
async def login(
    request: Request, web: ComposedServer, body: Annotated[SignInBody, Depends(body_of(SignInBody))]
) -> SignInAnswer:
    """Sign in: e-mail address and password for a session token."""
    now = web.clock.now()
    try:
        token, signed_in = await sign_in_with(
            web,
            email=body.email,
            password=body.password,
            kind=SessionKind.BEARER,
            now=now,
            context=web.request_context(request),
        )
    except SignInFailed:
        raise SignInRefused from None
    lifetime = signed_in.session.expires_at - now
    return SignInAnswer(
        access_token=token.reveal(), expires_in=int(lifetime.total_seconds()), user=UserAnswer.of(signed_in.user)
    )


@router.get("/me")
async def me(user: CurrentUser) -> UserAnswer:
    """The account of the session token."""
    return UserAnswer.of(user.user)


@router.post("/logout", status_code=204)
async def logout(request: Request, web: ComposedServer, _user: CurrentUser) -> Response:
    """End the session; its token is worth nothing from now on."""
    _ = await web.run(
        sign_out,
        web.database,
        token=session_token(request),
        kind=SessionKind.BEARER,
        now=web.clock.now(),
        context=web.request_context(request),
    )
    return Response(status_code=204)
