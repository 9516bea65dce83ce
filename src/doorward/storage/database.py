"""What every open database offers, whatever its engine."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import timedelta
from typing import Literal, TypeVar

from doorward.oauth.ports import AwaitableCodePath, AwaitableTokenPath, CodePath, TokenPath
from doorward.resource_server.ports import RevocationSource
from doorward.storage.stores import SqlStores

T = TypeVar("T")

Dialect = Literal["sqlite", "postgresql"]


class Database(ABC):
    """One open database; safe to share between threads."""

    dialect: Dialect
    token_path: TokenPath
    awaitable_token_path: AwaitableTokenPath | None = None
    """The token path for an event loop, where the engine has one that beats a worker thread."""
    code_path: CodePath
    awaitable_code_path: AwaitableCodePath | None = None
    """The code path for an event loop, likewise."""
    revocations: RevocationSource

    @abstractmethod
    def write(self, unit: Callable[[SqlStores], T]) -> T:
        """Run `unit` in one transaction: returning commits, raising rolls back and goes on."""

    @abstractmethod
    def read(self, unit: Callable[[SqlStores], T]) -> T:
        """Run `unit` on one consistent snapshot, where it cannot write."""

    @abstractmethod
    def check(self) -> None:
        """Raise when the database cannot be reached."""

    @abstractmethod
    def load(self) -> int:
        """How many units of work are under way or wait for their turn; never blocks."""

    @abstractmethod
    def clock_offset(self) -> timedelta:
        """Return the database's clock minus this machine's."""

    @abstractmethod
    def is_current(self) -> bool:
        """Whether the schema is the one this version of Doorward needs; cheap."""

    @abstractmethod
    def upgrade(self) -> None:
        """Bring the schema to the newest revision; safe when several processes do it at once."""

    @abstractmethod
    def close(self) -> None:
        """End every connection; a second call does nothing."""
