"""What it means that a store refuses, read from what the library for stores says of it.

The library's text holds addresses, perhaps with a signature, and whatever the server sent. None of
it is passed on: only a status, a code that is known, and words of our own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

NOWHERE = "127.0.0.1:0"  # where requests for other hosts than the one that was named are sent
_DEBUG = "\n\nDebug source"  # what the library knows beyond its message
_STATUS = re.compile(r"non-2xx status code: (\d{3})(.*)", re.DOTALL)
_CODE = re.compile(r"<Code>(\w{1,64})</Code>")
_ASKED = re.compile(
    r"Generic \w+ error: (?:Error performing list request: )?Error performing [A-Z]+ (\S+) in "
)
# Where credentials come from, where no key tells such an address from that of an object.
_SIGN_IN = re.compile(
    r"/latest/(?:api/token|meta-data)|/computeMetadata/|/metadata/identity/|/oauth2/|//sts[.-]"
)
_TYPES = {
    "FileNotFoundError": 404,
    "NotFoundError": 404,
    "PermissionDeniedError": 403,
    "PreconditionError": 412,
    "UnauthenticatedError": 401,
}
_CREDENTIALS = frozenset(
    {"ExpiredToken", "ExpiredTokenException", "InvalidToken", "TokenRefreshRequired"}
    | {"InvalidAccessKeyId", "InvalidClientTokenId", "UnrecognizedClientException"}
    | {"SignatureDoesNotMatch", "RequestTimeTooSkewed", "RequestExpired"}
    | {"AuthenticationFailed", "InvalidAuthenticationInfo", "InvalidSecurity"}
)
_NO_PLACE = frozenset({"NoSuchBucket", "ContainerNotFound"})
_REGION = frozenset(
    {"AuthorizationHeaderMalformed", "PermanentRedirect", "IllegalLocationConstraintException"}
)
_ARCHIVED = frozenset({"InvalidObjectState", "BlobArchived"})
_CONFLICT = "ConditionalRequestConflict"  # two write at once, and neither may have written
_BUSY = frozenset({408, 425, 429, 500, 502, 503, 504})  # which ask to be asked again


@dataclass(frozen=True, slots=True)
class StoreRefusal:
    """Why a request failed: `status` of HTTP and the provider's `code`, where there was an answer.

    `broke` is how it failed otherwise: `timeout`, `connect`, `sign-in`, `redirect` (to another
    host), `region`, `no parts` (the server gives objects in one piece only), `other bytes`,
    `unsupported`, `key`, or empty.
    """

    status: int | None = None
    code: str = ""
    broke: str = ""

    @property
    def is_credentials(self) -> bool:
        """Whether it is our credentials that are refused or missing, not one object."""
        return self.status == 401 or self.code in _CREDENTIALS or self.broke == "sign-in"

    @property
    def is_place(self) -> bool:
        """Whether it holds for all objects of the store."""
        return self.code in _NO_PLACE or self.broke in {"region", "unsupported"}

    @property
    def is_conflict(self) -> bool:
        """Whether somebody else writes the same object at this moment."""
        return self.code == _CONFLICT

    @property
    def may_pass(self) -> bool:
        """Whether asking again may help."""
        return self.is_down or self.is_conflict or self.broke == "other bytes"

    @property
    def is_down(self) -> bool:
        """Whether it is the store that fails, and not its object."""
        if self.status is not None:
            return self.status in _BUSY
        return self.broke in {"", "connect", "timeout"}

    @property
    def words(self) -> str:
        """What people are told of it."""
        if self.is_credentials:
            return self._of_credentials()
        if self.code in _NO_PLACE:
            return "the bucket or container does not exist"
        if self.code in _ARCHIVED:
            return "the object is archived: restore it before it can be read"
        if self.is_conflict:
            return "somebody else is writing it"
        if self.status == 403:
            return "the store denies access"
        if self.status in _BUSY:
            return f"the store answered {self.status} every time"
        if self.status is not None:
            return f"the store answered {self.status}"
        return _BROKE[self.broke]

    def _of_credentials(self) -> str:
        if self.broke == "sign-in":
            return (
                "no credentials: the environment has none, and the service that gives this"
                " machine its own could not be asked"
            )
        return "the store refused the credentials: they are wrong or have expired"


_BROKE = {
    "": "the connection broke, or the answer was incomplete, every time",
    "connect": "the store cannot be reached: check the address and the network",
    "key": "the name cannot be asked for",
    "no parts": "the server sends whole objects only (no range requests)",
    "other bytes": "the store sent other bytes than requested, every time",
    "redirect": "it is at another host (a redirect): name that address, if you trust it",
    "region": "the bucket is in another region: set AWS_REGION to it",
    "timeout": "the store did not answer in time",
    "unsupported": "this kind of store cannot do that",
}
NO_PARTS = StoreRefusal(broke="no parts")


class OtherBytesError(Exception):
    """A store answered with other bytes than it was asked for."""


def store_refusal(e: Exception, key: str = "") -> StoreRefusal:
    """Say why a request for an object failed; without `key`, one for a listing.

    Messages that are not `Generic` have the key in them. Whoever named the object chose it, so that
    it may look like an answer: it is taken out before the rest is read.
    """
    text, _, debug = str(e).partition(_DEBUG)
    name = type(e).__name__
    if "Range request not supported" in text and name == "NotSupportedError":
        return StoreRefusal(broke="no parts")
    if name in {"NotImplementedError", "NotSupportedError"}:
        return StoreRefusal(broke="unsupported")
    if isinstance(e, OtherBytesError):
        return StoreRefusal(broke="other bytes")
    if isinstance(e, ValueError) or name == "InvalidPathError":
        return StoreRefusal(broke="key")
    if _is_sign_in(text, key):
        return StoreRefusal(broke="sign-in")
    if key and not text.startswith("Generic "):
        text = text.replace(key, "", 1)
    answer = _STATUS.search(text)
    if answer is not None or name in _TYPES:
        code = _CODE.search(answer[2]) if answer is not None else None
        status = _TYPES.get(name) or (int(answer[1]) if answer is not None else None)
        said = code[1] if code is not None else ""
        return StoreRefusal(status, said, "region" if said in _REGION else "")
    return StoreRefusal(broke=_broke(text, debug))


def _is_sign_in(text: str, key: str) -> bool:
    asked = _ASKED.match(text)
    if asked is None:
        return False
    if not key:
        return _SIGN_IN.search(asked[1]) is not None
    return not unquote(asked[1].partition("?")[0]).endswith(key)


def _broke(text: str, debug: str) -> str:
    if "incorrectly configured region" in text:
        return "region"
    if "Received non-partial response" in text:
        return "no parts"
    if re.search(r"Requested \d+\.\.\d+, got ", text):
        return "other bytes"
    if re.search(rf"\s{re.escape(NOWHERE)},", debug):
        return "redirect"
    if "kind: Timeout" in debug:
        return "timeout"
    return "connect" if "kind: Connect" in debug else ""
