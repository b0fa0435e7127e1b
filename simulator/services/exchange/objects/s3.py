"""Objects in a bucket of S3, or of anything that speaks its protocol. Needs boto3 (extra `s3`).

Address, region and credentials come from where boto3 looks for them: environment and profiles,
`AWS_ENDPOINT_URL` for another endpoint. Uploads go to the bucket and not through us, so a file is
confirmed when its metadata is read (see `ObjectStorage.tells`). What a run has written stays in the
bucket; its owner removes it, for example by a lifecycle rule on the prefix.
"""

import re
from asyncio import to_thread
from collections.abc import AsyncIterable, AsyncIterator, Callable
from secrets import token_hex
from tempfile import SpooledTemporaryFile
from typing import Any, Final

from simulator.services.exchange.objects.errors import (
    ObjectError,
    bad_range,
    incomplete,
    no_such_key,
    too_large,
)
from simulator.services.exchange.objects.local import MOST_BYTES
from simulator.services.exchange.objects.ranges import AskedRange
from simulator.services.exchange.objects.storage import Method, ObjectInfo, OpenObject

_CHUNK: Final = 256 * 1024
_IN_MEMORY: Final = 8 * 1024 * 1024
_ADDRESS: Final = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/(.*))?", re.DOTALL)
_OPERATIONS: Final = {"GET": "get_object", "PUT": "put_object"}


class NoBucket(ValueError):
    """A bucket that cannot be used; the text says why."""


def open_bucket(address: str) -> "S3Objects":
    """Return the storage at an address such as `s3://bucket/some/prefix`; asks the bucket once.

    Raises:
        NoBucket: not such an address, boto3 is missing, or the bucket does not answer.
    """
    found = _ADDRESS.fullmatch(address)
    if found is None:
        raise NoBucket(f"{address!r} is not s3://BUCKET or s3://BUCKET/PREFIX")
    try:
        import boto3
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError, ClientError
    except ModuleNotFoundError:
        raise NoBucket("s3:// needs boto3; install gridproof[s3]") from None
    # Checksums beyond the protocol's first version are refused by many who speak it otherwise.
    config = Config(
        signature_version="s3v4",
        s3={"addressing_style": "path"},
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    try:
        client = boto3.session.Session().client("s3", config=config)
        client.head_bucket(Bucket=found[1])
    except (BotoCoreError, ClientError, ValueError) as error:
        raise NoBucket(f"{address!r}: {error}") from None
    return S3Objects(client, found[1], (found[2] or "").strip("/"))


class S3Objects:
    """Keeps objects in a bucket, those of each run below a name of its own.

    Args:
        client: of boto3, for S3.
        bucket: exists already.
        prefix: of all keys, without a slash at its ends; may be empty.
        new_run: names runs; no two of them alike.
        most_bytes: largest object that passes through us.
    """

    tells: Final = False

    def __init__(
        self,
        client: Any,  # boto3 makes its classes at run time
        bucket: str,
        prefix: str = "",
        *,
        new_run: Callable[[], str] = lambda: token_hex(8),
        most_bytes: int = MOST_BYTES,
    ) -> None:
        self._client = client
        self._bucket = bucket
        self._prefix = f"{prefix}/" if prefix else ""
        self._new_run = new_run
        self._run = new_run()
        self._most_bytes = most_bytes

    async def put(
        self, key: str, chunks: AsyncIterable[bytes], *, length: int | None = None
    ) -> ObjectInfo:
        """Keep an object as a whole, or nothing at all; it is collected before it is sent.

        Raises:
            ObjectError: too many bytes, or not as many as `length`.
        """
        with SpooledTemporaryFile(_IN_MEMORY) as collected:
            size = 0
            async for chunk in chunks:
                size += len(chunk)
                if size > self._most_bytes:
                    raise too_large(self._most_bytes)
                collected.write(chunk)
            if length is not None and size != length:
                raise incomplete(length)
            collected.seek(0)
            answer = await to_thread(
                self._client.put_object, **self._place(key), Body=collected, ContentLength=size
            )
        return ObjectInfo(size_bytes=size, etag=_etag(answer))

    async def open(self, key: str, asked: AskedRange | None = None) -> OpenObject:
        """Return an object or a part of it, ready to be read.

        Raises:
            ObjectError: there is none, or it has nothing of what is asked for.
        """
        info = await self.head(key)
        if info is None:
            raise no_such_key()
        size = info.size_bytes
        start, stop = (0, size) if asked is None else asked.within(size)
        part = {} if asked is None else {"Range": f"bytes={start}-{stop - 1}"}
        return OpenObject(info=info, start=start, stop=stop, chunks=self._read(key, part))

    async def head(self, key: str) -> ObjectInfo | None:
        """Return what is known of an object; None: there is none."""
        from botocore.exceptions import ClientError

        try:
            answer = await to_thread(self._client.head_object, **self._place(key))
        except ClientError as error:
            if _status(error) == 404:
                return None
            raise
        return ObjectInfo(size_bytes=answer["ContentLength"], etag=_etag(answer))

    async def delete(self, key: str) -> None:
        """Remove an object; nothing if there is none."""
        await to_thread(self._client.delete_object, **self._place(key))

    def presign(self, method: Method, key: str, lifetime_s: int) -> str:
        """Return a URL at which anyone can do that with an object, for seconds of real time."""
        url = self._client.generate_presigned_url(
            _OPERATIONS[method], Params=self._place(key), ExpiresIn=lifetime_s
        )
        return str(url)

    def clear(self) -> None:
        """Go on as a new run; URLs of the one before work until their time is over."""
        self._run = self._new_run()

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    async def _read(self, key: str, part: dict[str, str]) -> AsyncIterator[bytes]:
        from botocore.exceptions import ClientError

        try:
            answer = await to_thread(self._client.get_object, **self._place(key), **part)
        except ClientError as error:
            raise _refusal(error) from None
        with answer["Body"] as body:
            while chunk := await to_thread(body.read, _CHUNK):
                yield chunk

    def _place(self, key: str) -> dict[str, str]:
        return {"Bucket": self._bucket, "Key": f"{self._prefix}{self._run}/{key}"}


def _etag(answer: Any) -> str:
    return str(answer["ETag"]).strip('"')


def _status(error: Any) -> int:
    return int(error.response["ResponseMetadata"]["HTTPStatusCode"])


def _refusal(error: Any) -> ObjectError:
    """Return what became of an object between a look at it and its being read."""
    return {404: no_such_key(), 416: bad_range(0)}.get(_status(error)) or ObjectError(
        502, "ServiceUnavailable", "The storage behind this server does not answer."
    )
