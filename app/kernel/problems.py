"""What can go wrong, as a client sees it (RFC 9457). `raise NotFound`; the answer is made in `failures`.

    Problem
    ├─ MalformedRequest      400  the path or query is no valid UTF-8
    ├─ MalformedJson         400  the body is not JSON
    ├─ InvalidCursor         400  forged, or of another list
    ├─ Unauthenticated       401
    ├─ Forbidden             403  names `required_permission`
    ├─ ExpiredCursor         410  points to where to load anew
    ├─ NotFound              404  absent, or not yours: the same answer
    ├─ UnknownRoute          404
    ├─ MethodNotAllowed      405  with the whole `Allow`
    ├─ Conflict              409  models and services add their own below it
    │  ├─ IllegalTransition  409  names the states `allowed`
    │  ├─ Incomplete         409  points at what is missing
    │  └─ IdempotencyInProgress  409
    ├─ VersionMismatch       412  with the current `ETag`
    ├─ PayloadTooLarge       413
    ├─ UnsupportedMediaType  415
    ├─ Invalid               422  points at every fault
    ├─ IdempotencyKeyReused  422
    ├─ PreconditionRequired  428
    ├─ Internal              500
    ├─ Unavailable           503
    └─ TimedOut              503

The code is the contract. The title names the problem, the help says what to do next; both are shown at
`/problems/{code with dashes}`.
"""

from collections.abc import Iterable
from types import MappingProxyType

from app.domain import reasons
from app.kernel.messages import Text
from app.kernel.problem import FieldError, Problem

_RETRY_SOON = MappingProxyType({"Retry-After": "5"})


class MalformedRequest(Problem):
    """The path, the query or the framing of the request cannot be read."""

    code, status = "malformed_request", 400
    title = Text(en="Malformed request", id="Permintaan cacat")
    help = Text(
        en="The request cannot be read. Percent-encode the path and the query as UTF-8.",
        id="Permintaan tidak dapat dibaca. Tulis path dan query dengan percent-encoding UTF-8.",
    )


class MalformedJson(Problem):
    """The body is not JSON, or not JSON that every reader understands alike (RFC 7493)."""

    code, status = "malformed_json", 400
    title = Text(en="Malformed JSON", id="JSON cacat")
    help = Text(
        en="The body is not valid JSON. Send one JSON document in UTF-8, with no key twice.",
        id="Isi permintaan bukan JSON yang sah. Kirim satu dokumen JSON dalam UTF-8, tanpa kunci ganda.",
    )


class InvalidCursor(Problem):
    """The cursor is forged, or belongs to a list with other filters."""

    code, status = "invalid_cursor", 400
    title = Text(en="Invalid cursor", id="Kursor tidak sah")
    help = Text(
        en="Send `next_cursor` exactly as received, with the same filters and sort, or start without a cursor.",
        id="Kirim `next_cursor` persis seperti diterima, dengan filter dan urutan yang sama, atau mulai tanpa kursor.",
    )


class ExpiredCursor(Problem):
    """Part of the change log since the cursor is gone, or the database is not the one that it was taken from."""

    code, status = "expired_cursor", 410
    title = Text(en="Cursor expired", id="Kursor kedaluwarsa")
    help = Text(
        en="Changes since this cursor are no longer kept, or the registry was restored from a backup since. Load the "
        "datasets anew from `reload`, and follow from the `Change-Cursor` that comes with them.",
        id="Perubahan sejak kursor ini tidak lagi disimpan, atau registri telah dipulihkan dari cadangan. Muat ulang "
        "dataset dari `reload`, lalu ikuti mulai `Change-Cursor` yang menyertainya.",
    )


class Unauthenticated(Problem):
    """No credentials where some are needed, or credentials that are no good."""

    code, status = "unauthenticated", 401
    title = Text(en="Not authenticated", id="Belum terautentikasi")
    help = Text(
        en="Send a valid API key as `Authorization: Bearer srt_…`, or an access token of the ministry's sign-in where "
        "that is taken. One that has expired or was revoked must be replaced.",
        id="Kirim kunci API yang sah sebagai `Authorization: Bearer srt_…`, atau token akses dari layanan masuk "
        "kementerian bila diterima. Ganti yang kedaluwarsa atau dicabut.",
    )
    headers = MappingProxyType({"WWW-Authenticate": "Bearer"})


class Forbidden(Problem):
    """The principal may see this but not do it; `required_permission` names what is lacking."""

    code, status = "forbidden", 403
    title = Text(en="Not allowed", id="Tidak diizinkan")
    help = Text(
        en="Your key or account does not allow this. Ask an administrator for the permission in `required_permission`.",
        id="Kunci atau akun Anda tidak mengizinkan ini. Minta izin di `required_permission` kepada administrator.",
    )


class NotFound(Problem):
    """No such record, or none that this principal may see."""

    code, status = "not_found", 404
    title = Text(en="Not found", id="Tidak ditemukan")
    help = Text(
        en="There is no such record, or you may not see it. Check the identifier, or look it up in the list.",
        id="Data tidak ada, atau Anda tidak boleh melihatnya. Periksa pengenalnya, atau cari di daftar.",
    )


class UnknownRoute(Problem):
    """No operation has this path."""

    code, status = "unknown_route", 404
    title = Text(en="Unknown path", id="Path tidak dikenal")
    help = Text(
        en="No operation has this path. See `/docs` for those there are; paths have no slash at the end.",
        id="Tidak ada operasi dengan path ini. Lihat `/docs`; path tidak diakhiri garis miring.",
    )


class MethodNotAllowed(Problem):
    """The path exists, but not with this method."""

    code, status = "method_not_allowed", 405
    title = Text(en="Method not allowed", id="Metode tidak diizinkan")
    help = Text(en="Use one of the methods in the `Allow` header.", id="Gunakan salah satu metode di header `Allow`.")


class Conflict(Problem):
    """What is asked does not go together with what is stored."""

    code, status = "conflict", 409
    title = Text(en="Conflict", id="Bertentangan")
    help = Text(
        en="This does not go together with what is stored. Read the record again and decide anew.",
        id="Ini bertentangan dengan data yang tersimpan. Baca ulang datanya lalu putuskan kembali.",
    )


class IllegalTransition(Conflict):
    """Nobody takes this step by asking for it; `allowed` names the states that can be asked for."""

    code = "illegal_transition"
    title = Text(en="Step not allowed", id="Langkah tidak diizinkan")
    help = Text(
        en="From its present state this moves the record only to the states in `allowed`.",
        id="Dari keadaan sekarang, ini hanya memindahkan data ke keadaan di `allowed`.",
    )


class Incomplete(Conflict):
    """Something must be there before this step; `errors` points at it."""

    code = "incomplete"
    title = Text(en="Incomplete", id="Belum lengkap")
    help = Text(
        en="Something is missing for this step. Complete what `errors` points at, then try again.",
        id="Ada yang kurang untuk langkah ini. Lengkapi yang ditunjuk `errors`, lalu coba lagi.",
    )


class IdempotencyInProgress(Conflict):
    """The first request with this `Idempotency-Key` is still running."""

    code = "idempotency_in_progress"
    title = Text(en="Still in progress", id="Masih diproses")
    help = Text(
        en="The first request with this Idempotency-Key is still running. Wait a moment and send the same again.",
        id="Permintaan pertama dengan Idempotency-Key ini masih berjalan. Tunggu sebentar lalu kirim lagi yang sama.",
    )
    headers = MappingProxyType({"Retry-After": "1"})


class VersionMismatch(Problem):
    """Somebody changed the record since the client read it; the answer carries the current ETag."""

    code, status = "version_mismatch", 412
    title = Text(en="Changed in the meantime", id="Sudah berubah")
    help = Text(
        en="The record has changed since you read it. Read it again, then send the change with the new ETag.",
        id="Data telah berubah sejak Anda membacanya. Baca ulang, lalu kirim perubahan dengan ETag yang baru.",
    )


class PayloadTooLarge(Problem):
    """The body is longer than this operation reads."""

    code, status = "payload_too_large", 413
    title = Text(en="Body too large", id="Isi terlalu besar")
    help = Text(en="Send a smaller body, or split it.", id="Kirim isi yang lebih kecil, atau pecah menjadi beberapa.")


class UnsupportedMediaType(Problem):
    """The body comes in a form that this operation does not read."""

    code, status = "unsupported_media_type", 415
    title = Text(en="Unsupported media type", id="Jenis media tidak didukung")
    help = Text(
        en="Send the body in a media type that this operation reads, with its `Content-Type`.",
        id="Kirim isi dalam jenis media yang dibaca operasi ini, dengan `Content-Type`-nya.",
    )


class Invalid(Problem):
    """The request was understood, but some values are wrong; `errors` points at the first `ERRORS_LISTED` of them."""

    code, status = "validation_failed", 422
    title = Text(en="Invalid input", id="Masukan tidak sah")
    help = Text(
        en="Some values are not valid. Correct what `errors` points at and send the request again.",
        id="Beberapa nilai tidak sah. Perbaiki yang ditunjuk `errors` lalu kirim lagi permintaannya.",
    )


class IdempotencyKeyReused(Problem):
    """The `Idempotency-Key` was used for another request."""

    code, status = "idempotency_key_reused", 422
    title = Text(en="Idempotency key reused", id="Idempotency-Key dipakai ulang")
    help = Text(
        en="This Idempotency-Key belongs to a different request. Use a new key for a new request.",
        id="Idempotency-Key ini milik permintaan lain. Gunakan kunci baru untuk permintaan baru.",
    )


class PreconditionRequired(Problem):
    """A change came without `If-Match`."""

    code, status = "precondition_required", 428
    title = Text(en="If-Match required", id="If-Match wajib")
    help = Text(
        en="Read the record first and send its `ETag` as `If-Match`, so that nobody's change is lost.",
        id="Baca datanya dahulu dan kirim `ETag`-nya sebagai `If-Match`, agar perubahan orang lain tidak hilang.",
    )


class Internal(Problem):
    """A fault of ours."""

    code, status = "internal", 500
    title = Text(en="Internal error", id="Kesalahan internal")
    help = Text(
        en="Something went wrong on our side and was recorded. Report the `request_id` if it happens again.",
        id="Terjadi kesalahan di pihak kami dan sudah dicatat. Laporkan `request_id` bila terulang.",
    )


class Unavailable(Problem):
    """The database cannot be reached, or too much happens at once."""

    code, status = "unavailable", 503
    title = Text(en="Temporarily unavailable", id="Sementara tidak tersedia")
    help = Text(
        en="The service is busy or restarting. Send the same request again after `Retry-After` seconds.",
        id="Layanan sedang sibuk atau dimulai ulang. Kirim lagi permintaan yang sama setelah `Retry-After` detik.",
    )
    headers = _RETRY_SOON


class TimedOut(Problem):
    """The database took too long, or another write held the record."""

    code, status = "timeout", 503
    title = Text(en="Took too long", id="Terlalu lama")
    help = Text(
        en="This took too long and was given up. Try again after `Retry-After` seconds, or ask for less at a time.",
        id="Proses ini terlalu lama dan dihentikan. Coba lagi setelah `Retry-After` detik, atau minta lebih sedikit.",
    )
    headers = _RETRY_SOON


def field_errors(faults: Iterable[reasons.Problem], prefix: str = "") -> list[FieldError]:
    """Return the faults that the rules of the domain found, each at its pointer below `prefix`."""
    return [
        FieldError(
            pointer=f"{prefix}{fault.pointer}",
            code=fault.reason.code,
            message=Text(en=fault.reason.text_en, id=fault.reason.text_id),
        )
        for fault in faults
    ]


def refuse(faults: Iterable[reasons.Problem], prefix: str = "") -> Invalid:
    """Return the refusal of a document by the rules of the domain, each fault at its pointer below `prefix`."""
    return Invalid(errors=field_errors(faults, prefix))
