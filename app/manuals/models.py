"""What a software partner supplies for a manual, pictures, manuals and onboarding pages with their versions, and pilots
(S3 to S5).

An intake belongs to a product and has sections; a section that depends on language has one row for each. Every saving
is kept for a while, so that two people who type at once are merged field by field and nobody's text is lost. A manual
and an onboarding page are the two kinds of publication of an integration: a draft by language, and versions that never
change.
"""

from __future__ import annotations

import enum
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base, new_ref
from app.customers.models import Account
from app.documents.models import Upload
from app.integrations.models import Integration, Product
from app.leads.models import Lead
from app.partners.models import PersonalLink
from app.plans.models import Plan


class IntakeState(enum.StrEnum):
    SUPPLYING = "supplying"
    SUBMITTED = "submitted"
    """Staff complete it. The partner reads it, and changes only what is returned."""
    RETURNED = "returned"
    """At least one section is."""
    ACCEPTED = "accepted"


class Intake(Base):
    """What the partner tells about a product, one for each."""

    __tablename__ = "intake"
    __table_args__ = (sa.Index("ix_intake_queue", "state", "moved_at", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(sa.String(20), unique=True, default=lambda: new_ref("IT"))
    product_id: Mapped[int] = mapped_column(sa.ForeignKey("product.id"), unique=True)
    state: Mapped[str] = mapped_column(sa.String(20), default=IntakeState.SUPPLYING)
    moved_at: Mapped[datetime]
    """Since when it is in this state."""
    submitted_at: Mapped[datetime | None]
    submitted_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    product: Mapped[Product] = relationship(lazy="raise")
    sections: Mapped[list[Section]] = relationship(lazy="raise", order_by="Section.id", back_populates="intake")


class SectionCode(enum.StrEnum):
    """In the order of the page. Which of them depend on language stands in sections.py."""

    PRODUCT = "product"
    CATEGORIES = "categories"
    KEY = "key"
    PACKAGES = "packages"
    LIMITS = "limits"
    SUPPORT = "support"
    FAQ = "faq"


class Section(Base):
    """One section, in one language or in all ("")."""

    __tablename__ = "intake_section"
    __table_args__ = (sa.UniqueConstraint("intake_id", "code", "locale"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    intake_id: Mapped[int] = mapped_column(sa.ForeignKey("intake.id"))
    code: Mapped[str] = mapped_column(sa.String(20))
    locale: Mapped[str] = mapped_column(sa.String(5), default="")
    content: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    """By the section's code, see sections.py. May be half filled in: whether it is complete is reckoned, not stored."""
    submitted: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON)
    """As it was handed in last: what changed since is what differs."""
    comment: Mapped[str] = mapped_column(sa.Text, default="")
    """Why it was returned, until it is handed in again."""
    returned_at: Mapped[datetime | None]
    returned_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    saved_at: Mapped[datetime | None]
    saved_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    version: Mapped[int] = mapped_column(default=0)
    """Raised by every saving; 0 while nothing was saved."""

    intake: Mapped[Intake] = relationship(lazy="raise", back_populates="sections")

    @property
    def is_returned(self) -> bool:
        return self.returned_at is not None

    @property
    def is_open(self) -> bool:
        """Whether the partner may write in it: it was never handed in, or it was returned."""
        return self.submitted is None or self.is_returned


class Saving(Base):
    """A section as it was saved: what a later saving from another window is merged over."""

    __tablename__ = "intake_saving"
    __table_args__ = (sa.UniqueConstraint("section_id", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    section_id: Mapped[int] = mapped_column(sa.ForeignKey("intake_section.id"))
    version: Mapped[int]
    content: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    window: Mapped[str] = mapped_column(sa.String(32), default="")
    """Of the page that sent it, so that a window is never merged with what it sent itself."""
    handed_in: Mapped[bool] = mapped_column(default=False)
    """It stays: the others go after a while."""
    saved_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    saved_at: Mapped[datetime] = mapped_column(index=True)


class Picture(Base):
    """A screenshot or logo, drawn anew as WebP in several widths; what the sender's file held besides is gone (S4)."""

    __tablename__ = "picture"

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(sa.String(20), unique=True, default=lambda: new_ref("PI"))
    product_id: Mapped[int] = mapped_column(sa.ForeignKey("product.id"), index=True)
    width: Mapped[int]
    height: Mapped[int]
    """Of the largest size, in pixels."""
    sha256: Mapped[str] = mapped_column(sa.String(64))
    """Of the largest size."""
    filename: Mapped[str] = mapped_column(sa.String(200))
    """As the sender called it, for the alternative text's first suggestion and the list at the desk."""
    uploaded_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    created_at: Mapped[datetime]

    product: Mapped[Product] = relationship(lazy="raise")
    sizes: Mapped[list[PictureSize]] = relationship(
        lazy="raise", order_by="PictureSize.width", back_populates="picture"
    )


class PictureSize(Base):
    """One width of a picture, in the file store."""

    __tablename__ = "picture_size"

    picture_id: Mapped[int] = mapped_column(sa.ForeignKey("picture.id"), primary_key=True)
    width: Mapped[int] = mapped_column(primary_key=True)
    height: Mapped[int]
    upload_id: Mapped[int] = mapped_column(sa.ForeignKey("upload.id"))

    picture: Mapped[Picture] = relationship(lazy="raise", back_populates="sizes")
    upload: Mapped[Upload] = relationship(lazy="raise")


class PublicationKind(enum.StrEnum):
    MANUAL = "manual"
    PAGE = "page"
    """The onboarding page."""


class Publication(Base):
    """The manual or the onboarding page of an integration (S4, S5)."""

    __tablename__ = "publication"
    __table_args__ = (sa.UniqueConstraint("integration_id", "kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(sa.String(20), unique=True, default=lambda: new_ref("PB"))
    integration_id: Mapped[int] = mapped_column(sa.ForeignKey("integration.id"))
    kind: Mapped[str] = mapped_column(sa.String(20))
    live_number: Mapped[int | None]
    """Of the version that the world sees; None while there is none, or after it was taken down."""
    redirect_url: Mapped[str] = mapped_column(sa.String(1000), default="")
    """Where visitors are sent after it was taken down: a path of ours, or empty for nowhere (404)."""
    taken_down_at: Mapped[datetime | None]
    link_id: Mapped[int | None] = mapped_column(sa.ForeignKey("personal_link.id"))
    """Of an onboarding page: the registration form to which it leads; who comes by it is credited to the partner."""
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    integration: Mapped[Integration] = relationship(lazy="raise")
    live: Mapped[PublicationVersion | None] = relationship(
        lazy="raise",
        viewonly=True,
        primaryjoin="and_(Publication.id == foreign(PublicationVersion.publication_id), "
        "Publication.live_number == foreign(PublicationVersion.number))",
    )
    link: Mapped[PersonalLink | None] = relationship(lazy="raise")
    drafts: Mapped[list[Draft]] = relationship(lazy="raise", order_by="Draft.id", back_populates="publication")


class Draft(Base):
    """What an editor is working on, in one language."""

    __tablename__ = "publication_draft"
    __table_args__ = (sa.UniqueConstraint("publication_id", "locale"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    publication_id: Mapped[int] = mapped_column(sa.ForeignKey("publication.id"))
    locale: Mapped[str] = mapped_column(sa.String(5))
    content: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    """{"title", "summary", "chapters": [{"code", "title", "body", "source"}]}; `body` is Markdown in which
    `![alternative text](picture:PI-...)` is a picture; `source` is the digest of the partner's and the package's text
    it was composed from: another digest today means that the source changed since. Of an onboarding page also
    "requirements": [{"question", "help"}]."""
    saved_at: Mapped[datetime]
    saved_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    version: Mapped[int] = mapped_column(default=1)

    publication: Mapped[Publication] = relationship(lazy="raise", back_populates="drafts")


class VersionState(enum.StrEnum):
    SCHEDULED = "scheduled"
    PUBLISHED = "published"
    """It is, or once was, what the world sees."""
    CANCELLED = "cancelled"
    """Was scheduled, and taken back before its time."""


class PublicationVersion(Base):
    """What was published, in every language it has. Never changes."""

    __tablename__ = "publication_version"
    __table_args__ = (
        sa.UniqueConstraint("publication_id", "number"),
        sa.Index("ix_publication_version_scheduled", "state", "publish_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    publication_id: Mapped[int] = mapped_column(sa.ForeignKey("publication.id"))
    number: Mapped[int]
    state: Mapped[str] = mapped_column(sa.String(20))
    texts: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    """By language the content of its draft at that moment."""
    facts: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    """What is said beside the texts, as it was: {"product": {"name", "website", "sells", "partner", "country",
    "logo": reference or ""}, "package": {"name", "kind", "website"}, "passes": [codes of PassedOn], "takes": [codes
    that the package can take], "support": {"email", "phone", "website", "languages"}, "pictures": {reference:
    {"width", "height", "widths": [those it is kept in]}}}. Composed by `app/manuals/service/publishing.py`."""
    digest: Mapped[str] = mapped_column(sa.String(64))
    """Of texts and facts: the ETag of its pages and the name of its PDF."""
    note: Mapped[str] = mapped_column(sa.String(1000), default="")
    """What changed, as the editor said it."""
    restored_from: Mapped[int | None]
    """The number of the earlier version that this one brings back."""
    publish_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    created_at: Mapped[datetime]


class LinkOutcome(enum.StrEnum):
    """How a link answered."""

    UNKNOWN = "unknown"
    """Not asked yet, or nobody could be asked: says nothing about the link."""
    FINE = "fine"
    MISSING = "missing"
    """The server says that there is no such page."""
    FAILING = "failing"
    """No such server, no answer, no valid certificate, or an error of the server."""
    REFUSED = "refused"
    """It leads into a private network, where no reader can follow and where we do not knock."""


class PublicationLink(Base):
    """A link in a publication's drafts or in what the world sees, and how it answered last. Kept by a job."""

    __tablename__ = "publication_link"
    __table_args__ = (
        sa.UniqueConstraint("publication_id", "url"),
        sa.Index("ix_publication_link_due", "checked_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    publication_id: Mapped[int] = mapped_column(sa.ForeignKey("publication.id"))
    url: Mapped[str] = mapped_column(sa.String(1000))
    outcome: Mapped[str] = mapped_column(sa.String(20), default=LinkOutcome.UNKNOWN)
    status: Mapped[int | None]
    """Of the answer, when there was one."""
    failures: Mapped[int] = mapped_column(default=0)
    """In a row. Once is no finding: servers are restarted."""
    checked_at: Mapped[datetime | None]


class ManualFeedback(Base):
    """A reader said whether a step helped. Nobody is named; words may name somebody."""

    __tablename__ = "manual_feedback"
    __table_args__ = (sa.Index("ix_manual_feedback_publication", "publication_id", "created_at", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    publication_id: Mapped[int] = mapped_column(sa.ForeignKey("publication.id"))
    number: Mapped[int]
    """Of the version that was read."""
    locale: Mapped[str] = mapped_column(sa.String(5))
    chapter: Mapped[str] = mapped_column(sa.String(60))
    helped: Mapped[bool]
    words: Mapped[str] = mapped_column(sa.String(1000), default="")
    key: Mapped[str] = mapped_column(sa.String(64), unique=True)
    """Of the form: sent twice it is one; a second press changes the first."""
    created_at: Mapped[datetime]
    handled_at: Mapped[datetime | None]


class PilotVerdict(enum.StrEnum):
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    """No customer, or not now: says nothing about the integration."""


class Pilot(Base):
    """A first customer works with an integration (S5)."""

    __tablename__ = "pilot"
    __table_args__ = (
        sa.Index("ix_pilot_integration", "integration_id", "id"),
        sa.Index(
            "uq_pilot_running",
            "integration_id",
            unique=True,
            sqlite_where=sa.text("verdict IS NULL"),
            postgresql_where=sa.text("verdict IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(sa.String(20), unique=True, default=lambda: new_ref("PT"))
    integration_id: Mapped[int] = mapped_column(sa.ForeignKey("integration.id"))
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"), index=True)
    plan_id: Mapped[int | None] = mapped_column(sa.ForeignKey("plan.id"))
    """From the playbook integration-pilot, with the customer."""
    lead_id: Mapped[int | None] = mapped_column(sa.ForeignKey("lead.id"))
    """Which came by the onboarding page, when it did."""
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    """When the verdict is expected."""
    verdict: Mapped[str | None] = mapped_column(sa.String(20))
    verdict_on: Mapped[date | None]
    why: Mapped[str] = mapped_column(sa.String(2000), default="")
    started_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    verdict_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    integration: Mapped[Integration] = relationship(lazy="raise")
    account: Mapped[Account] = relationship(lazy="raise")
    plan: Mapped[Plan | None] = relationship(lazy="raise")
    lead: Mapped[Lead | None] = relationship(lazy="raise")
