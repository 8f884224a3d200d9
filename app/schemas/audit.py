"""The audit as the API describes it: entries of the log, whole, and whether they are as they were sealed."""

from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AwareDatetime, BaseModel, BeforeValidator, Field, WithJsonSchema

from app.kernel.listing import ListQuery
from app.kernel.messages import Text, bad_value
from app.kernel.queries import CommaList, Integer, Query
from app.kernel.types import Instant, ShortText

Act = Literal["create", "update", "delete", "touch", "refuse", "export"]
_ADDRESS_FORM = Text(
    en="Write an IP address, for example 203.0.113.7 or 2001:db8::7.",
    id="Tulis alamat IP, misalnya 203.0.113.7 atau 2001:db8::7.",
)


def _address(value: Any) -> Any:
    try:
        return ip_address(value)
    except ValueError:
        raise bad_value("invalid_format", _ADDRESS_FORM) from None


IpAddress = Annotated[
    IPv4Address | IPv6Address,
    BeforeValidator(_address),
    WithJsonSchema({"type": "string", "maxLength": 45, "anyOf": [{"format": "ipv4"}, {"format": "ipv6"}]}),
]


class AuditEntryRead(BaseModel):
    """What was done, or refused, or exported: by whom, from where, in which request."""

    seq: Annotated[int, Field(description="number in the log; some are left out")]
    at: AwareDatetime
    operation: Annotated[
        Act,
        Field(
            description="`touch`: the record is shown or seen otherwise because of another; `refuse`: an attempt that "
            "was answered 401, 403 or 429; `export`: a dataset was handed out"
        ),
    ]
    resource: Annotated[str, Field(description="what it was done to; of an export the dataset")]
    key: Annotated[str, Field(description="`id` or `code` of the record; of a refused attempt or an export its path")]
    actor: Annotated[
        str,
        Field(description="`key:` and the id of a key, `public`, `system`, `unknown`, or `sql:` and a database user"),
    ]
    address: Annotated[str | None, Field(description="IP address of the client; null for what the service did itself")]
    request_id: Annotated[str | None, Field(description="`X-Request-Id` of the answer")]
    before: Annotated[dict[str, Any] | None, Field(description="the row before an update or a deletion")]
    after: Annotated[
        dict[str, Any] | None,
        Field(
            description="the row after a creation or an update; of a refused attempt `status`, `code`, `method` and "
            "how many more were `left_out`; of an export `format` and `filters`"
        ),
    ]
    withheld: Annotated[
        bool,
        Field(description="`before` and `after` are withheld: of a review, until its whole panel has submitted"),
    ]


class AuditQuery(ListQuery):
    """Filters of `GET /v1/audit`."""

    default_sort: ClassVar[str] = "-seq"

    sort: Literal["seq", "-seq"] | None = None
    operation: Act | None = None
    operation_in: CommaList[Act] | None = None
    resource: ShortText | None = None
    key: ShortText | None = None
    actor: ShortText | None = None
    request_id: ShortText | None = None
    address: IpAddress | None = None
    at_gte: Instant | None = None
    at_lt: Instant | None = None


class VerificationQuery(Query):
    """How much is verified."""

    seals: Annotated[Integer, Field(ge=1, le=1000, description="so many of the last seals")] = 100


class BrokenRead(BaseModel):
    """The first entry that is not as it was sealed."""

    what: Annotated[
        Literal["changed", "missing", "added", "seal"],
        Field(description="what became of the entry; `seal`: the seal itself is not what it was, or is gone"),
    ]
    seal: Annotated[int, Field(description="number of the seal")]
    seq: Annotated[int | None, Field(description="number of the entry")]
    at: Annotated[AwareDatetime | None, Field(description="when the entry says it was written")]
    resource: str | None
    key: str | None


class VerificationRead(BaseModel):
    """Whether the log is as it was sealed. Each seal holds the digest of the one before."""

    verified_entries: Annotated[int, Field(description="entries found as they were sealed")]
    seals: Annotated[int, Field(description="seals found sound")]
    first_seal: int | None
    last_seal: int | None
    digest: Annotated[
        str | None,
        Field(
            pattern="^[0-9a-f]{64}$",
            description="of `last_seal`, SHA-256; kept elsewhere, it shows later whether the whole chain was made anew",
        ),
    ]
    sealed_until: Annotated[AwareDatetime | None, Field(description="when `last_seal` was made")]
    unsealed: Annotated[int, Field(description="entries that are not sealed yet")]
    whole_since: Annotated[
        AwareDatetime | None, Field(description="what was written before is no longer kept; null: everything is")
    ]
    first_broken: BrokenRead | None
