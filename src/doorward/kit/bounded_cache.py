"""A cache bounded in entries and, where wanted, in age."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class BoundedCache(Generic[K, V]):
    """Keeps the entries used last; safe to share between threads."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._entries: OrderedDict[K, V] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: K) -> V | None:
        """The entry, or None."""
        with self._lock:
            if (value := self._entries.get(key)) is not None:
                self._entries.move_to_end(key)
            return value

    def put(self, key: K, value: V) -> None:
        """Keep an entry, dropping the one unused for longest when full."""
        with self._lock:
            self._entries[key] = value
            self._entries.move_to_end(key)
            if len(self._entries) > self._size:
                self._entries.popitem(last=False)

    def forget(self, key: K) -> None:
        """Drop an entry, if it is there."""
        with self._lock:
            self._entries.pop(key, None)


class AgingCache(Generic[K, V]):
    """A bounded cache whose entries are believed for a while only."""

    def __init__(self, size: int, max_age: timedelta) -> None:
        self._entries: BoundedCache[K, tuple[datetime, V]] = BoundedCache(size)
        self._max_age = max_age
        self._forgotten = 0
        self._lock = threading.Lock()

    def get(self, key: K, now: datetime) -> V | None:
        """The entry, or None when it is absent or too old."""
        entry = self._entries.get(key)
        return entry[1] if entry is not None and now - entry[0] < self._max_age else None

    def put(self, key: K, value: V, now: datetime) -> None:
        """Keep an entry from now on."""
        self._entries.put(key, (now, value))

    def get_or(self, key: K, now: datetime, look_up: Callable[[], V | None]) -> V | None:
        """The entry, or what is looked up, which is kept unless something was forgotten meanwhile: it may be older."""
        if (known := self.get(key, now)) is not None:
            return known
        count = self._forgotten
        found = look_up()
        with self._lock:
            if found is not None and count == self._forgotten:
                self.put(key, found, now)
        return found

    def forget(self, key: K) -> None:
        """Drop an entry, if it is there, and what is being looked up now."""
        with self._lock:
            self._forgotten += 1
            self._entries.forget(key)
