"""Settings from the environment, read once at start; a wrong one stops the start with one clear line."""

import os
import secrets
import shlex
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from cryptography.fernet import Fernet
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError


class BadSettings(SystemExit):
    """The environment asks for something that cannot be; the message is the whole explanation."""

    def __init__(self, message: str) -> None:
        super().__init__(f"gangway: {message}")


@dataclass(frozen=True)
class Settings:
    """One installation's settings. Names are those of the environment without the prefix `GANGWAY_`."""

    mode: str
    data_dir: Path
    database_url: str
    secret_key: str
    former_secret_keys: tuple[str, ...]
    """Only for what was sealed or signed with them."""
    encryption_keys: tuple[str, ...]
    public_url: str
    mail_url: str | None
    storage_url: str
    redis_url: str | None
    trusted_proxies: int
    virus_check: tuple[str, ...] = ()
    """The command that reads a file and ends with 0 for clean, 1 for harmful; none: files are not checked."""
    testing: bool = False

    @property
    def demo(self) -> bool:
        return self.mode == "demo"

    @property
    def sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")

    @property
    def https(self) -> bool:
        return self.public_url.startswith("https://")

    @property
    def public_host(self) -> str:
        return urlsplit(self.public_url).netloc


def from_environment(environ: Mapping[str, str] | None = None) -> Settings:
    """Reads `GANGWAY_*`.

    Raises:
        BadSettings: with one line that names the variable and what is allowed.
    """
    env = os.environ if environ is None else environ
    mode = env.get("GANGWAY_MODE", "demo")
    if mode not in ("demo", "production"):
        raise BadSettings(f"GANGWAY_MODE is {mode!r}; it must be 'demo' or 'production'.")
    data_dir = Path(env.get("GANGWAY_DATA_DIR", "data")).absolute()
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)  # what lies in it is nobody else's to read
    return Settings(
        mode=mode,
        data_dir=data_dir,
        database_url=_database_url(env.get("GANGWAY_DATABASE_URL") or f"sqlite:///{data_dir / 'gangway.db'}"),
        secret_key=_secret(env, mode, data_dir),
        former_secret_keys=_former_secrets(env.get("GANGWAY_FORMER_SECRET_KEYS", "")),
        encryption_keys=_encryption_keys(env, mode, data_dir),
        public_url=_public_url(env, mode),
        mail_url=_mail_url(env.get("GANGWAY_MAIL_URL")),
        storage_url=_storage(env.get("GANGWAY_STORAGE_URL") or str(data_dir / "files")),
        redis_url=env.get("GANGWAY_REDIS_URL") or None,
        trusted_proxies=_whole_number(env.get("GANGWAY_TRUSTED_PROXIES", "0"), "GANGWAY_TRUSTED_PROXIES"),
        virus_check=_command(env.get("GANGWAY_VIRUS_CHECK", "")),
    )


def _command(text: str) -> tuple[str, ...]:
    """A program that is there, with its arguments: a check that never runs would take no file at all."""
    try:
        words = tuple(shlex.split(text))
    except ValueError:
        raise BadSettings("GANGWAY_VIRUS_CHECK cannot be read as a command: a quotation mark is missing.") from None
    if words and shutil.which(words[0]) is None:
        raise BadSettings(f"GANGWAY_VIRUS_CHECK names {words[0]!r}, which is no program that can be run here.")
    return words


def _database_url(text: str) -> str:
    """`postgresql://` means psycopg 3 here, whatever the driver SQLAlchemy would choose by itself."""
    try:
        url = make_url(text)
    except ArgumentError:
        raise BadSettings("GANGWAY_DATABASE_URL is not a database address.") from None
    if url.drivername in ("postgres", "postgresql"):
        url = url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() not in ("sqlite", "postgresql"):
        raise BadSettings("GANGWAY_DATABASE_URL must begin with sqlite:/// or postgresql://.")
    return url.render_as_string(hide_password=False)


def _secret(env: Mapping[str, str], mode: str, data_dir: Path) -> str:
    given = env.get("GANGWAY_SECRET_KEY", "")
    if given:
        if len(given) < 32:
            raise BadSettings("GANGWAY_SECRET_KEY is too short; give at least 32 random characters.")
        return given
    if mode == "production":
        raise BadSettings("GANGWAY_SECRET_KEY is missing; in production mode it has no default.")
    return _kept(data_dir / "secret_key", lambda: secrets.token_urlsafe(48))


def _former_secrets(text: str) -> tuple[str, ...]:
    given = tuple(key.strip() for key in text.split(",") if key.strip())
    if any(len(key) < 32 for key in given):
        raise BadSettings("GANGWAY_FORMER_SECRET_KEYS holds one of fewer than 32 characters, which never was a key.")
    return given


def _encryption_keys(env: Mapping[str, str], mode: str, data_dir: Path) -> tuple[str, ...]:
    given = tuple(key.strip() for key in env.get("GANGWAY_ENCRYPTION_KEYS", "").split(",") if key.strip())
    if not given:
        if mode == "production":
            raise BadSettings("GANGWAY_ENCRYPTION_KEYS is missing; give one or more Fernet keys, newest first.")
        given = (_kept(data_dir / "encryption_key", lambda: Fernet.generate_key().decode()),)
    for key in given:
        try:
            Fernet(key)
        except ValueError:
            raise BadSettings("GANGWAY_ENCRYPTION_KEYS holds a value that is not a Fernet key.") from None
    return given


def _kept(path: Path, make: Callable[[], str]) -> str:
    """A demo installation makes its own secret once and keeps it beside its data."""
    try:
        with open(path, "x", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            file.write(make())
    except FileExistsError:
        pass
    return path.read_text().strip()


def _public_url(env: Mapping[str, str], mode: str) -> str:
    given = env.get("GANGWAY_PUBLIC_URL", "").rstrip("/")
    if not given:
        if mode == "production":
            raise BadSettings("GANGWAY_PUBLIC_URL is missing; links in mails are made from it.")
        return f"http://127.0.0.1:{env.get('PORT') or '8000'}"
    parts = urlsplit(given)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.path:
        raise BadSettings("GANGWAY_PUBLIC_URL must look like https://gangway.example, without a path.")
    return given


def _mail_url(text: str | None) -> str | None:
    if not text:
        return None
    parts = urlsplit(text)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise BadSettings("GANGWAY_MAIL_URL must look like smtp://user:password@host:587.")
    return text


def _storage(text: str) -> str:
    """A folder, or a bucket: `s3://bucket/prefix?endpoint=https://...&region=...`."""
    parts = urlsplit(text)
    if parts.scheme == "s3":
        asked = dict(parse_qsl(parts.query))
        known = asked.keys() <= {"endpoint", "region"}
        endpoint = urlsplit(asked.get("endpoint", "https://default"))
        if not parts.netloc or "@" in parts.netloc or not known or endpoint.scheme not in ("http", "https"):
            raise BadSettings(
                "GANGWAY_STORAGE_URL must look like s3://bucket/prefix?endpoint=https://store.example&region=eu-west-1."
            )
        return text
    path = text.removeprefix("file://")
    if "://" in path:
        raise BadSettings("GANGWAY_STORAGE_URL must be a folder that every web and worker process sees, or s3://...")
    return path


def _whole_number(text: str, name: str) -> int:
    if not text.isdigit():
        raise BadSettings(f"{name} is {text!r}; it must be a whole number.")
    return int(text)
