"""The worker: one process that sends mail as it is queued, does long work in steps, runs the schedule, and says that it
is alive."""

from __future__ import annotations

import select
import signal
import socket
import threading
import time
from contextlib import suppress
from types import FrameType

import structlog
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from app.core import background, heartbeat, jobs
from app.core.db import db
from app.outbox import sender
from app.outbox.mailer import Line

SWEEP = 1.0
"""Seconds between two looks at the queue when nobody calls: a lost call costs no more than this."""
PATIENCE = 8.0
"""Seconds that a letter under way gets after TERM. The supervisor kills after 15."""


class Worker:
    """`run()` returns after INT or TERM, once the letter under way has been dealt with."""

    def __init__(self, app: Flask, *, with_schedule: bool = True) -> None:
        self.app = app
        self.name = sender.owner_name()
        self.log = structlog.get_logger("worker")
        self.with_schedule = with_schedule
        self.line = Line()
        self.stopping = threading.Event()
        self._beaten = 0.0
        self._trouble = 0

    def run(self) -> None:
        listener = jobs.listen(self.app.config["GANGWAY"])
        alarm = self._listen_to_signals()
        schedule = jobs.scheduler(self.app) if self.with_schedule else None
        if schedule:
            schedule.start()
        self.log.info("worker started", name=self.name)
        try:
            while not self.stopping.is_set():
                more = self._turn()
                if schedule:
                    schedule.check_worker_health()
                if not more:
                    self._wait(listener, alarm)
        finally:
            listener.close()
            if schedule:
                schedule.stop(graceful=True)
            with suppress(SQLAlchemyError), self.app.app_context():
                heartbeat.stop(self.name)
        self.log.info("worker stopped", name=self.name)

    def _turn(self) -> bool:
        """One look at the queue and one step of long work; whether there is more of that. A database that is locked,
        full or away ends the look, not the worker."""
        try:
            with self.app.app_context():
                self._beat()
                sender.send_due(self.line, self.name, self._go_on)
            with self.app.app_context():
                more = not self.stopping.is_set() and background.work(self.name)
            self._trouble = 0
            return more
        except SQLAlchemyError as problem:
            self._trouble = min(self._trouble + 1, 10)
            self.log.error("database", error=type(problem).__name__, again_in=self._pause())
            with self.app.app_context():
                db.session.remove()
            return False

    def _go_on(self) -> bool:
        self._beat()
        return not self.stopping.is_set()

    def _beat(self) -> None:
        if time.monotonic() - self._beaten >= heartbeat.EVERY.total_seconds() or not self._beaten:
            heartbeat.beat(self.name)
            self._beaten = time.monotonic()

    def _pause(self) -> float:
        return SWEEP * (1 + self._trouble)

    def _wait(self, listener: socket.socket, alarm: socket.socket) -> None:
        if self.stopping.is_set():
            return
        ready, _, _ = select.select([listener, alarm], [], [], self._pause())
        for channel in ready:
            with suppress(BlockingIOError):
                while channel.recv(64) is not None:  # a datagram may be empty
                    pass

    def _listen_to_signals(self) -> socket.socket:
        """A channel that becomes readable with each signal, so that none is slept through."""
        reading, writing = socket.socketpair()
        reading.setblocking(False)
        writing.setblocking(False)
        self._writing = writing  # kept open as long as the worker
        signal.set_wakeup_fd(writing.fileno(), warn_on_full_buffer=False)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._told_to_stop)
        return reading

    def _told_to_stop(self, number: int, frame: FrameType | None) -> None:
        self.stopping.set()
        hurry = threading.Timer(PATIENCE, self.line.cut)
        hurry.daemon = True
        hurry.start()
