"""The file store in a bucket of an S3-compatible service, for installations of several machines.

Under the same names as in a folder, so that one is copied into the other as it is. Who may enter comes from where such
clients always look (`AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`, a file, the machine's own role), not from us.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import IO, Any
from urllib.parse import parse_qs, urlsplit

import boto3
import structlog
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from app.core.errors import NotFound, Unavailable
from app.core.files.keys import is_key, place_of

PATIENCE = 5
"""Seconds to connect; an answer may take four times as long. Somebody waits for the page meanwhile."""
ATTEMPTS = 3


@dataclass(frozen=True)
class Bucket:
    """`s3://bucket/prefix?endpoint=https://...&region=...`, as config.py has checked it."""

    url: str

    @cached_property
    def _bucket(self) -> str:
        return urlsplit(self.url).netloc

    @cached_property
    def _prefix(self) -> str:
        prefix = urlsplit(self.url).path.strip("/")
        return f"{prefix}/" if prefix else ""

    @cached_property
    def _client(self) -> Any:
        asked = {name: values[0] for name, values in parse_qs(urlsplit(self.url).query).items()}
        endpoint = asked.get("endpoint")
        return boto3.client(
            "s3",
            endpoint_url=endpoint,
            region_name=asked.get("region", "us-east-1"),
            config=Config(
                connect_timeout=PATIENCE,
                read_timeout=4 * PATIENCE,
                retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
                max_pool_connections=64,  # as many as a web process has threads
                # Only the inventor's own service knows buckets as hostnames, and its newer checksums, for certain.
                s3={"addressing_style": "path" if endpoint else "auto"},
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        )

    def _named(self, key: str) -> dict[str, str]:
        return {"Bucket": self._bucket, "Key": self._prefix + place_of(key)}

    def put(self, key: str, content: bytes) -> None:
        """The service shows an object wholly or not at all."""
        self._ask("put_object", **self._named(key), Body=content)

    def open(self, key: str) -> IO[bytes]:
        """Read at once: a file is small (`received.LIMIT`), and a download never breaks off for the service's sake."""
        answer = self._ask("get_object", **self._named(key))
        try:
            return io.BytesIO(answer["Body"].read())
        except BotoCoreError as error:
            raise _away("get_object", error) from error

    def delete(self, key: str) -> None:
        self._ask("delete_object", **self._named(key))

    def keys(self) -> Iterator[str]:
        more: dict[str, str] = {}
        while True:
            answer = self._ask("list_objects_v2", Bucket=self._bucket, Prefix=self._prefix, **more)
            names = [item["Key"].rpartition("/")[2] for item in answer.get("Contents", ())]
            yield from filter(is_key, names)
            if not answer.get("IsTruncated"):
                return
            more = {"ContinuationToken": answer["NextContinuationToken"]}

    def _ask(self, verb: str, **words: Any) -> Any:
        """One request.

        Raises:
            NotFound: no such object.
            Unavailable: no answer, or a refusal.
        """
        try:
            return getattr(self._client, verb)(**words)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in ("NoSuchKey", "404"):
                raise NotFound from None
            raise _away(verb, error) from error
        except BotoCoreError as error:
            raise _away(verb, error) from error


def _away(verb: str, error: Exception) -> Unavailable:
    structlog.get_logger("files").error("store", verb=verb, error=type(error).__name__, said=str(error)[:300])
    return Unavailable()


@lru_cache(maxsize=4)
def bucket(url: str) -> Bucket:
    """One for the process: its connections are kept, and may be used by all threads."""
    return Bucket(url)
