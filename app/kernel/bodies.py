"""Request bodies: the base classes of what is taken in, and the dependency that reads one.

Hides the byte cap while reading, the check of content type and coding, and how a body is described in the contract
although FastAPI never sees it. What the bytes must be is in `strict_json`.
"""

import asyncio
import decimal
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from fastapi import Request
from pydantic import MISSING, BaseModel, ConfigDict
from pydantic.json_schema import GenerateJsonSchema, models_json_schema

from app.kernel.formats import JSON
from app.kernel.messages import Text
from app.kernel.problem import Problem
from app.kernel.problems import PayloadTooLarge, UnsupportedMediaType
from app.kernel.strict_json import decode

MAX_BODY_BYTES = 1 << 20
# How long a body may take: so many seconds, and what its longest takes at this pace.
BODY_S = 20
BODY_BYTES_PER_S = 100_000
MERGE_PATCH = "application/merge-patch+json"
ModelT = TypeVar("ModelT", bound=BaseModel)
_WRONG_TYPE = Text(
    en="Send the body as {types}, in UTF-8, and name the type in `Content-Type`.",
    id="Kirim isi sebagai {types}, dalam UTF-8, dan sebut jenisnya di `Content-Type`.",
)
_COMPRESSED = Text(
    en="Send the body uncompressed, without `Content-Encoding`.",
    id="Kirim isi tanpa kompresi, tanpa `Content-Encoding`.",
)


class SlowBody(Problem):
    """The body did not come to its end."""

    code, status = "body_too_slow", 408
    title = Text(en="Body too slow", id="Isi terlalu lambat")
    help = Text(
        en="The body did not arrive in time. Send it again over a better connection, or split it.",
        id="Isi tidak tiba pada waktunya. Kirim lagi lewat koneksi yang lebih baik, atau pecah menjadi beberapa.",
    )


class Schema(BaseModel):
    """Base of everything a client may send: strict, nothing extra, nothing infinite."""

    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False, frozen=True)


class Patch(Schema):
    """Base of JSON merge patches (RFC 7396): every field may be left out, and is then MISSING.

    Declare fields as in any schema; `X | None` only where null clears the field. An object that is to be merged, not
    replaced, is a patch itself.
    """

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """Make every field optional without making it nullable."""
        super().__pydantic_init_subclass__(**kwargs)
        for field in cls.model_fields.values():
            field.default, field.default_factory = MISSING, None
        cls.model_rebuild(force=True)

    def changes(self) -> dict[str, Any]:
        """Return the fields that were sent."""
        return {name: getattr(self, name) for name in type(self).model_fields if name in self.model_fields_set}

    def apply(self, record: object) -> None:
        """Set the fields that were sent on `record`; nested schemas become dictionaries, as JSON columns keep them."""
        for name, value in self.model_dump(include=self.model_fields_set).items():
            merged = isinstance(getattr(self, name), Patch)
            setattr(record, name, merge_patch(getattr(record, name), value) if merged else value)


def merge_patch(document: Any, patch: Any) -> Any:
    """Return `document` with the merge patch applied (RFC 7396, section 2): null removes, an object is merged."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(document) if isinstance(document, dict) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merge_patch(merged.get(name), value)
    return merged


async def read_body(request: Request, max_bytes: int = MAX_BODY_BYTES) -> bytes:
    """Return the body, read once and kept in `request.state.body`.

    Raises `PayloadTooLarge` as soon as it is known to be longer than `max_bytes`, `UnsupportedMediaType` for a
    compressed one and `SlowBody` when it does not come to its end.
    """
    kept: bytes | None = getattr(request.state, "body", None)
    if kept is not None:
        return kept
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise UnsupportedMediaType(_COMPRESSED, headers={"Accept-Encoding": "identity"})
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > max_bytes:
        raise PayloadTooLarge(max_bytes=max_bytes)
    try:
        async with asyncio.timeout(BODY_S + max_bytes / BODY_BYTES_PER_S):
            body = await _read(request, max_bytes)
    except TimeoutError:
        raise SlowBody(headers={"Connection": "close"}) from None  # what may still come is not waited for
    request.state.body = body
    return body


async def _read(request: Request, max_bytes: int) -> bytes:
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > max_bytes:
            raise PayloadTooLarge(max_bytes=max_bytes)
        chunks.append(chunk)
    return b"".join(chunks)


def json_body(
    model: type[ModelT],
    *,
    max_bytes: int = MAX_BODY_BYTES,
    media_types: Sequence[str] | None = None,
    required: bool = True,
) -> Callable[[Request], Awaitable[ModelT]]:
    """Make the dependency that reads the body as `model`; see `accepts` for the media types.

    Where it is not `required`, no body at all is the same as `{}`.

    Raises `UnsupportedMediaType`, `PayloadTooLarge`, `MalformedJson`, and `Invalid` with pointers.
    """
    taken = _media_types(model, media_types)

    async def body(request: Request) -> ModelT:
        if not required and not await read_body(request, max_bytes):
            return model()
        check_media_type(request, taken)
        return decode(model, await read_body(request, max_bytes))

    return body


# Models that a contract refers to, by name; `body_schemas` describes them.
BODY_MODELS: dict[str, type[BaseModel]] = {}


def refer(model: type[BaseModel]) -> dict[str, str]:
    """Return a reference to the model's schema, and have the contract describe it."""
    if BODY_MODELS.setdefault(model.__name__, model) is not model:
        raise TypeError(f"two body models are named {model.__name__}")
    return {"$ref": f"#/components/schemas/{model.__name__}"}


def accepts(
    model: type[BaseModel], media_types: Sequence[str] | None = None, *, required: bool = True
) -> dict[str, Any]:
    """Return the `openapi_extra` of an operation that reads `model`: as JSON, a `Patch` also as a JSON merge patch."""
    schema = {"schema": refer(model)}
    return {"requestBody": {"required": required, "content": dict.fromkeys(_media_types(model, media_types), schema)}}


class _BodySchema(GenerateJsonSchema):
    def encode_default(self, dft: Any) -> Any:
        """Show a decimal as the JSON number it is."""
        return float(dft) if isinstance(dft, decimal.Decimal) else super().encode_default(dft)


def body_schemas() -> dict[str, Any]:
    """Return the component schemas of every model that an operation accepts, and of the models inside them."""
    models = [(model, "validation") for model in BODY_MODELS.values()]
    _, definitions = models_json_schema(
        models,  # type: ignore[arg-type]  # the literal "validation" widens to str in a list
        ref_template="#/components/schemas/{model}",
        schema_generator=_BodySchema,
    )
    schemas: dict[str, Any] = definitions.get("$defs", {})
    return schemas


def _media_types(model: type[BaseModel], given: Sequence[str] | None) -> Sequence[str]:
    return given or ((JSON, MERGE_PATCH) if issubclass(model, Patch) else (JSON,))


def check_media_type(request: Request, taken: Sequence[str]) -> str:
    """Return the bare media type of the body; raise `UnsupportedMediaType` unless it is one of `taken`, in UTF-8."""
    essence, *parameters = (part.strip().lower() for part in request.headers.get("content-type", "").split(";"))
    charsets = [
        value.strip('"') for name, _, value in (item.partition("=") for item in parameters) if name == "charset"
    ]
    if essence not in taken or any(charset not in {"utf-8", "utf8"} for charset in charsets):
        raise UnsupportedMediaType(_WRONG_TYPE.format(types=", ".join(taken)), headers={"Accept": ", ".join(taken)})
    return essence
