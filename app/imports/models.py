"""A file that is read, and each of its lines with what would become of it."""

from __future__ import annotations

import enum
import json
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base, new_ref
from app.core.sentences import kept, read
from app.documents.models import Upload
from app.people.models import Person


class ImportState(enum.StrEnum):
    READING = "reading"
    """The worker takes the lines out of the file, then compares them with what is there."""
    READY = "ready"
    """Somebody looks at the preview."""
    APPLYING = "applying"
    STOPPED = "stopped"
    """Under way when its process was switched off; goes on when somebody says so after it is on again."""
    DONE = "done"
    DISCARDED = "discarded"
    REFUSED = "refused"
    """The file as a whole cannot be read; `problem` says why."""


WORKING = (ImportState.READING, ImportState.APPLYING)
"""The worker is at it."""


class Verdict(enum.StrEnum):
    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    WRONG = "wrong"


class ImportRun(Base):
    """One file on its way into a list. The worker goes on where it stopped, whoever it is."""

    __tablename__ = "import_run"
    __table_args__ = (
        sa.Index("ix_import_run_work", "state", "lease_until"),
        sa.Index("ix_import_run_recent", "created_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(sa.String(20), unique=True, default=lambda: new_ref("J"))
    kind: Mapped[str] = mapped_column(sa.String(30))
    """The importer's code."""
    state: Mapped[str] = mapped_column(sa.String(20), default=ImportState.READING)
    upload_id: Mapped[int | None] = mapped_column(sa.ForeignKey("upload.id"))
    """None once the file was forgotten."""
    key: Mapped[str] = mapped_column(sa.String(64), unique=True)
    """Of the form that was sent: the same form sent twice is one import."""
    locale: Mapped[str] = mapped_column(sa.String(5))
    """Of whoever sent the file: old files are read by the habits of its countries."""
    by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    applied_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    """Who looked at the preview and said go."""
    choices: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict, server_default="{}")
    """What they chose with it, where the importer asks something: code of the choice -> what was chosen."""
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    forgotten_at: Mapped[datetime | None]
    """File and lines are gone; the numbers stay."""
    encoding: Mapped[str] = mapped_column(sa.String(20), default="")
    """How the text was read, when it had to be guessed."""
    columns: Mapped[list[Any]] = mapped_column(sa.JSON, default=list)
    """Codes of the columns that the file has, in its order."""
    total: Mapped[int] = mapped_column(default=0)
    """Lines in the file, without its header; 0 until they are counted."""
    read: Mapped[int] = mapped_column(default=0)
    """Lines compared so far."""
    wanted: Mapped[int] = mapped_column(default=0)
    """Lines to be dealt with when somebody said go."""
    applied: Mapped[int] = mapped_column(default=0)
    """Lines dealt with since."""
    new: Mapped[int] = mapped_column(default=0)
    changed: Mapped[int] = mapped_column(default=0)
    unchanged: Mapped[int] = mapped_column(default=0)
    wrong: Mapped[int] = mapped_column(default=0)
    problem: Mapped[str | None] = mapped_column(sa.Text)
    """Sentences as `core.sentences` keeps them, as JSON: see `explain`. Before, they were written out."""
    lease_owner: Mapped[str | None] = mapped_column(sa.String(80))
    lease_until: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    upload: Mapped[Upload | None] = relationship(lazy="raise")
    by: Mapped[Person] = relationship(lazy="raise", foreign_keys=[by_id])

    def move_to(self, state: ImportState) -> None:
        """Into another state, and nobody is at it."""
        self.state = state
        self.lease_owner = self.lease_until = None
        self.version += 1

    def explain(self, *sentences: object) -> None:
        """Keeps why it ended or stopped, so that each reader has it in their own language."""
        self.problem = json.dumps([kept(sentence) for sentence in sentences], ensure_ascii=False)

    @property
    def explanation(self) -> str:
        """The same in the language spoken now; "" where there is nothing to say."""
        try:
            return " ".join(read(sentence) for sentence in json.loads(self.problem or "[]"))
        except ValueError:
            return self.problem or ""

    @property
    def is_working(self) -> bool:
        return self.state in WORKING

    @property
    def was_stopped_applying(self) -> bool:
        """Stopped after somebody said go, and not while it was compared."""
        return self.state == ImportState.STOPPED and self.wanted > 0

    @property
    def to_import(self) -> int:
        """Lines that would do something."""
        return self.new + self.changed


class ImportLine(Base):
    """One line of the file (or one file of several), and what would become of it."""

    __tablename__ = "import_line"
    __table_args__ = (
        sa.UniqueConstraint("run_id", "number"),
        sa.Index("ix_import_line_verdict", "run_id", "verdict", "number"),
        sa.Index("ix_import_line_key", "run_id", "key"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(sa.ForeignKey("import_run.id"))
    number: Mapped[int]
    """As a spreadsheet counts: the header is line 1."""
    cells: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    """Column -> text, as it stands in the file."""
    verdict: Mapped[str] = mapped_column(sa.String(10), default="")
    """Empty until it is compared."""
    name: Mapped[str] = mapped_column(sa.String(200), default="")
    """What the line is about, for the preview: a company, a number."""
    key: Mapped[str | None] = mapped_column(sa.String(64))
    """Digest of what the line is about: no two lines of a file may be about the same thing."""
    changes: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    """Column -> [as it is, as it will be], for a changed line; sentences among them as `core.sentences` keeps them."""
    reasons: Mapped[list[Any]] = mapped_column(sa.JSON, default=list)
    """[column, sentence as `core.sentences` keeps it] for each thing that is wrong."""
    applied: Mapped[bool] = mapped_column(default=False)
    """It was imported."""

    @property
    def why(self) -> list[tuple[str, str]]:
        """Column and sentence, in the language spoken now, for each thing that is wrong."""
        return [(column, read(sentence)) for column, sentence in self.reasons]

    @property
    def before_and_after(self) -> dict[str, tuple[str, str]]:
        """What would change, in the language spoken now."""
        return {column: (read(before), read(after)) for column, (before, after) in self.changes.items()}
