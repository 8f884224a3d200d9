r"""Types of single values, shared by all schemas: what they accept, a column can hold.

Bounds and patterns are Pydantic's own, so they stand in the contract too; in patterns, digits are written [0-9] because
`\d` takes digits of every script. The same types serve bodies (strict, from JSON) and queries (from text).
"""

import datetime as dt
import decimal
import ipaddress
import re
import uuid
from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, GetJsonSchemaHandler, PlainSerializer, StringConstraints
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from app.kernel.messages import Text, bad_value, worded

ParsedT = TypeVar("ParsedT")
ItemT = TypeVar("ItemT")
_ONE_LINE = worded(
    r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$",
    en="One line of text, not blank.",
    id="Satu baris teks, tidak kosong.",
)
_LINES = worded(
    r"^([\t\n\r]|[^\x00-\x1f\x7f-\x9f])*[^\s\x00-\x1f\x7f-\x9f]([\t\n\r]|[^\x00-\x1f\x7f-\x9f])*$",
    en="Text, not blank.",
    id="Teks, tidak kosong.",
)
_UNPADDED = worded(
    r"^[^\s\x00-\x1f\x7f-\x9f]([^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f])?$",
    en="One line of text with no blank at its beginning or end.",
    id="Satu baris teks tanpa spasi di awal atau akhirnya.",
)
_CODE = worded(
    r"^[a-z0-9]+([._-][a-z0-9]+)*$",
    en="Lower-case letters and digits, in parts joined by a dot, a hyphen or an underscore, such as smart-city_2.",
    id="Huruf kecil dan angka, bagian-bagiannya dirangkai titik, tanda hubung, atau garis bawah: smart-city_2.",
)
_REGION = worded(
    r"^[0-9]{2}(\.[0-9]{2})?$",
    en="A region code has two digits for a province, such as 32, and four with a dot for others, such as 32.73.",
    id="Kode daerah terdiri atas dua angka untuk provinsi, misalnya 32, dan empat dengan titik untuk lainnya: 32.73.",
)
_NETWORK = worded(
    r"^[0-9A-Fa-f:.]+(/[0-9]{1,3})?$",
    en="A network or an address, such as 10.0.0.0/8 or 2001:db8::1.",
    id="Jaringan atau alamat, misalnya 10.0.0.0/8 atau 2001:db8::1.",
)
_URL = worded(
    r"^https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?([/?#][A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]*)?$",
    en="A whole address, such as https://example.org/paper.pdf, without user name, blanks or letters beyond ASCII.",
    id="Alamat lengkap, misalnya https://example.org/naskah.pdf, tanpa nama pengguna, spasi, atau huruf di luar ASCII.",
)
_DIGEST = worded("^[0-9a-f]+$", en="Hexadecimal digits in lower case.", id="Angka heksadesimal dengan huruf kecil.")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})")
_UUID = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_FIRST_YEAR, _LAST_YEAR = 1900, 2199  # far from where adding years or offsets overflows
_YEARS = Text(
    en=f"The year must be {_FIRST_YEAR} to {_LAST_YEAR}.", id=f"Tahun harus {_FIRST_YEAR} sampai {_LAST_YEAR}."
)
_DATE_FORM = Text(
    en="Write a date that exists as YYYY-MM-DD, for example 2018-05-15.",
    id="Tulis tanggal yang ada sebagai YYYY-MM-DD, misalnya 2018-05-15.",
)
_NETWORK_FORM = Text(
    en="Write a network as in 10.0.0.0/8 or 2001:db8::/32.", id="Tulis jaringan seperti 10.0.0.0/8 atau 2001:db8::/32."
)
_BEYOND_PREFIX = Text(
    en="The address has bits beyond the prefix. Begin with the first address of the network, as in 10.0.0.0/8.",
    id="Alamatnya memuat bit di luar prefiks. Mulai dengan alamat pertama jaringan itu, seperti 10.0.0.0/8.",
)
_MAPPED = Text(
    en="Write an IPv4 network as such, as in 10.0.0.0/8.", id="Tulis jaringan IPv4 apa adanya, seperti 10.0.0.0/8."
)
_INSTANT_FORM = Text(
    en="Write date, time and zone as in 2018-05-15T09:00:00+07:00; in a URL the plus sign is %2B.",
    id="Tulis tanggal, waktu, dan zona seperti 2018-05-15T09:00:00+07:00; di URL tanda plus ditulis %2B.",
)
_UUID_FORM = Text(
    en="Write a UUID as 8-4-4-4-12 hexadecimal digits.", id="Tulis UUID sebagai 8-4-4-4-12 digit heksadesimal."
)
_TWICE = Text(en="Name each only once.", id="Sebutkan masing-masing sekali saja.")
_NUMBER_FORM = Text(en="Must be a JSON number, without quotes.", id="Harus berupa angka JSON, tanpa tanda kutip.")


def _parsed(value: Any, pattern: re.Pattern[str], parse: Callable[[str], ParsedT], form: Text) -> ParsedT:
    if not isinstance(value, str):
        raise bad_value("wrong_type", form)
    try:
        parsed = parse(value) if pattern.fullmatch(value) else None
    except ValueError:
        parsed = None
    if parsed is None:
        raise bad_value("invalid_format", form)
    return parsed


def _check_year(value: dt.date) -> None:
    if not _FIRST_YEAR <= value.year <= _LAST_YEAR:
        raise bad_value("out_of_range", _YEARS)


def _date(value: Any) -> dt.date:
    day = value if isinstance(value, dt.date) else _parsed(value, _DATE, dt.date.fromisoformat, _DATE_FORM)
    _check_year(day)
    return day


def _instant(value: Any) -> dt.datetime:
    known = isinstance(value, dt.datetime)
    instant = value if known else _parsed(value, _INSTANT, dt.datetime.fromisoformat, _INSTANT_FORM)
    _check_year(instant)
    return instant.astimezone(dt.UTC)


def parse_uuid(value: str) -> uuid.UUID | None:
    """Read a UUID in its canonical form; None for every other spelling (braces, `urn:uuid:`, no dashes)."""
    return uuid.UUID(value) if _UUID.fullmatch(value) else None


def _uuid(value: Any) -> uuid.UUID:
    return value if isinstance(value, uuid.UUID) else _parsed(value, _UUID, uuid.UUID, _UUID_FORM)


def _distinct(items: list[ItemT]) -> list[ItemT]:
    if len(set(items)) < len(items):
        raise bad_value("duplicate", _TWICE)
    return items


def _network(value: str) -> str:
    try:
        network = ipaddress.ip_network(value, strict=False)
    except ValueError:
        raise bad_value("invalid_format", _NETWORK_FORM) from None
    if network.network_address != ipaddress.ip_network(value.partition("/")[0]).network_address:
        raise bad_value("invalid_format", _BEYOND_PREFIX)
    if isinstance(network, ipaddress.IPv6Network) and network.network_address.ipv4_mapped is not None:
        raise bad_value("invalid_format", _MAPPED)
    return str(network)


class _JsonNumber:
    """A decimal is a JSON number: never text, neither in what we take nor in what we give."""

    @staticmethod
    def read(value: Any) -> decimal.Decimal:
        if isinstance(value, decimal.Decimal):
            return value
        if type(value) not in {int, float}:
            raise bad_value("wrong_type", _NUMBER_FORM)
        # A body whose numbers a double cannot hold is refused (see `strict_json`), so `repr` gives what was written.
        return decimal.Decimal(repr(value))

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Describe the number alone; Pydantic would add its spelling as text."""
        described = handler(schema)
        number: JsonSchemaValue = described["anyOf"][0] if "anyOf" in described else described
        return number


class Unit:
    """The unit of a number, in the contract as `x-unit` and so in the data package (see kernel/shapes.py)."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Describe the number, and its unit beside it."""
        return {**handler(schema), "x-unit": self.name}


# Text. Not blank, no control characters; the bounds of a schema may be narrower.
ShortText = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=_ONE_LINE)]
LongText = Annotated[str, StringConstraints(min_length=1, max_length=5000, pattern=_LINES)]
Prose = Annotated[str, StringConstraints(min_length=1, max_length=50_000, pattern=_LINES)]  # a part of a book
# Where blanks around it would make two of one.
UnpaddedText = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=_UNPADDED)]
Code = Annotated[str, StringConstraints(max_length=64, pattern=_CODE)]
RegionCode = Annotated[
    str,
    StringConstraints(max_length=5, pattern=_REGION),
    Field(description="Home Ministry code", examples=["32", "32.73"]),
]
# A link to http or https, with a host and without user or password.
Url = Annotated[str, StringConstraints(max_length=2000, pattern=_URL)]

# A network in CIDR notation, kept in its shortest form; an address alone is a network of one.
Network = Annotated[
    str,
    StringConstraints(max_length=49, pattern=_NETWORK),
    AfterValidator(_network),
    Field(examples=["10.0.0.0/8", "2001:db8::/32"]),
]

# A SHA-256.
Digest = Annotated[str, StringConstraints(min_length=64, max_length=64, pattern=_DIGEST)]

# Whole numbers. A JSON 66.0 is one as well.
Int32 = Annotated[int, Field(ge=-(2**31), le=2**31 - 1)]
Int64 = Annotated[int, Field(ge=-(2**63), le=2**63 - 1)]
Rupiah = Annotated[int, Field(ge=0, le=10**15, description="whole rupiah"), Unit("rupiah")]
Year = Annotated[int, Field(ge=1945, le=2100)]

# Decimals, exactly as written, sent and received as JSON numbers. To narrow the bounds declare a type beside these:
# bounds put around one of them would not reach the contract.
_JSON_NUMBER = (BeforeValidator(_JsonNumber.read), _JsonNumber, PlainSerializer(float, when_used="json"))
_MOST = decimal.Decimal(10**15)
Number = Annotated[decimal.Decimal, *_JSON_NUMBER]  # in answers
Decimal = Annotated[decimal.Decimal, Field(ge=-_MOST, le=_MOST), *_JSON_NUMBER]
Score = Annotated[decimal.Decimal, Field(ge=0, le=100), *_JSON_NUMBER]
Hours = Annotated[
    decimal.Decimal, Field(gt=0, le=24, multiple_of=decimal.Decimal("0.25")), *_JSON_NUMBER, Unit("hours")
]  # of a day

# Numbers in answers whose unit is always the same.
People = Annotated[int, Unit("people")]
Regions = Annotated[int, Unit("regions")]
Degrees = Annotated[Number, Unit("degrees")]
Percent = Annotated[Number, Unit("percent")]

# Time.
Date = Annotated[dt.date, BeforeValidator(_date)]
Instant = Annotated[dt.datetime, BeforeValidator(_instant)]

Uuid = Annotated[uuid.UUID, BeforeValidator(_uuid)]

# What makes a list one in which nothing comes twice: `Annotated[list[Code], Field(max_length=20), *EACH_ONCE]`.
EACH_ONCE = (Field(json_schema_extra={"uniqueItems": True}), AfterValidator(_distinct))
