"""Object storage: the bytes of files and exports, in a local folder or any S3 bucket.

Reached by people through presigned URLs alone; `gateway` is what an HTTP server puts before the
local one. `s3` is not imported here, since it needs boto3.
"""

from simulator.services.exchange.objects.errors import ObjectError
from simulator.services.exchange.objects.gateway import Gateway
from simulator.services.exchange.objects.local import LocalObjects
from simulator.services.exchange.objects.signing import UrlSigner
from simulator.services.exchange.objects.storage import (
    Method,
    ObjectInfo,
    ObjectStorage,
    OpenObject,
)

__all__ = [
    "Gateway",
    "LocalObjects",
    "Method",
    "ObjectError",
    "ObjectInfo",
    "ObjectStorage",
    "OpenObject",
    "UrlSigner",
]
