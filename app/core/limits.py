"""Rate limits, by address of the visitor as the trusted proxies tell it."""

from __future__ import annotations

import fcntl
import ipaddress
import mmap
import os
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b

from flask import Flask, request
from flask_limiter import Limiter
from limits import parse
from limits.storage import Storage


def network(remote: str | None) -> str:
    """Whom an address stands for when it is counted. Of IPv6 a customer owns at least 2**64 addresses, and could take a
    new one for each try: they are one."""
    try:
        found = ipaddress.ip_address(remote or "")
    except ValueError:
        return remote or "unknown"
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)


def _address() -> str:
    return network(request.remote_addr)


limiter = Limiter(_address, default_limits=[], headers_enabled=True, strategy="fixed-window")

PUBLIC_FORM = "60 per minute"
"""Public forms and links: for one address and for one link."""


def init_app(app: Flask) -> None:
    settings = app.config["GANGWAY"]
    if settings.redis_url:
        app.config["RATELIMIT_STORAGE_URI"] = settings.redis_url
        app.config["RATELIMIT_IN_MEMORY_FALLBACK_ENABLED"] = True  # a Redis that is away stops nobody's form
    else:
        app.config["RATELIMIT_STORAGE_URI"] = "shared-file://"
        app.config["RATELIMIT_STORAGE_OPTIONS"] = {"path": str(settings.data_dir / "rate-limits")}
    app.config.setdefault("RATELIMIT_ENABLED", True)
    limiter.init_app(app)


def seconds_to_wait(limit: str, *counted: str) -> int:
    """Counts one for `counted` and gives how long to wait where that was one too many; 0 where it was not, and where
    nobody counts."""
    if not limiter.enabled:
        return 0
    item = parse(limit)
    try:
        if limiter.limiter.hit(item, *counted):
            return 0
        return max(1, int(limiter.limiter.get_window_stats(item, *counted).reset_time - time.time()) + 1)
    except limiter.storage.base_exceptions:
        return 0  # counts that are away keep nobody out


class SharedFile(Storage):
    """Counts for all web processes of this machine, in a small file that each maps into memory: sixty a minute are
    sixty, whichever process answers.

    A table of fixed size, so nobody can fill it: where a row of slots is full, the count that ends first gives way.
    """

    STORAGE_SCHEME = ["shared-file"]

    _SLOT = struct.Struct("<QII")  # key, when the count ends (seconds of the epoch), count
    _SLOTS = 1 << 16
    _ROW = 8
    """Slots that one key may stand in."""
    _LONGEST = 3600
    """Seconds; no window of ours is longer. What would end later was counted before the clock was set back."""

    def __init__(self, uri: str | None = None, wrap_exceptions: bool = False, **options: float | str | bool) -> None:
        super().__init__(uri, wrap_exceptions=wrap_exceptions)
        size = self._SLOT.size * self._SLOTS
        self._file = os.open(str(options["path"]), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        os.ftruncate(self._file, size)
        self._table = mmap.mmap(self._file, size)
        self._lock = threading.Lock()

    @property
    def base_exceptions(self) -> type[Exception]:
        return OSError

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        with self._held():
            moment = int(time.time())
            place, known, ends, count = self._find(key, moment)
            if not count:
                ends = moment + int(expiry)
            count = min(count + amount, 0xFFFFFFFF)
            self._SLOT.pack_into(self._table, place, known, ends, count)
            return count

    def get(self, key: str) -> int:
        with self._held():
            return self._find(key, int(time.time()))[3]

    def get_expiry(self, key: str) -> float:
        with self._held():
            _place, _known, ends, count = self._find(key, moment := int(time.time()))
            return ends if count else moment

    def check(self) -> bool:
        return True

    def reset(self) -> int | None:
        with self._held():
            self._table[:] = bytes(len(self._table))
        return None

    def clear(self, key: str) -> None:
        with self._held():
            place, known, _ends, _count = self._find(key, int(time.time()))
            self._SLOT.pack_into(self._table, place, known, 0, 0)

    def _find(self, key: str, moment: int) -> tuple[int, int, int, int]:
        """Where the count of a key stands or would stand, the key as it is kept, when the count ends, and the count:
        0 when there is none or its time is over."""
        known = int.from_bytes(blake2b(key.encode("utf-8", "replace"), digest_size=8).digest()) or 1
        row = (known % (self._SLOTS // self._ROW)) * self._ROW
        best, best_ends = row, 1 << 33
        for slot in range(row, row + self._ROW):
            held, ends, count = self._SLOT.unpack_from(self._table, slot * self._SLOT.size)
            if held == known:
                return slot * self._SLOT.size, known, ends, count if 0 < ends - moment <= self._LONGEST else 0
            if ends < best_ends:
                best, best_ends = slot, ends
        return best * self._SLOT.size, known, 0, 0

    @contextmanager
    def _held(self) -> Iterator[None]:
        """One thread of one process at a time. The lock of a process that dies is let go of by the system."""
        with self._lock:
            fcntl.lockf(self._file, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.lockf(self._file, fcntl.LOCK_UN)
