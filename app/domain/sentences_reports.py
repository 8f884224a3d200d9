"""What reports find, by code: in English, in Indonesian."""

from collections.abc import Mapping

SENTENCES: Mapping[str, tuple[str, str]] = {
    # Why no regulation has enacted the plan of a region yet.
    "plan_not_submitted": (
        "The master plan is not submitted yet, so no regulation enacts it.",
        "Rencana induk belum diajukan, jadi belum ada peraturan yang menetapkannya.",
    ),
    "plan_under_review": (
        "The master plan is under review. A regulation enacts it once it is accepted.",
        "Rencana induk sedang diulas. Peraturan menetapkannya setelah rencana itu diterima.",
    ),
    "plan_not_enacted": (
        "The master plan is accepted, but no regulation enacts it. Record the regulation once it is issued.",
        "Rencana induk sudah diterima, tetapi belum ditetapkan dengan peraturan. Catat peraturannya setelah terbit.",
    ),
    "regulation_not_recorded": (
        "The plan counts as law, but its regulation is not recorded. Record its kind, number, year and date.",
        "Rencana dianggap berlaku, tetapi peraturannya belum dicatat. Catat jenis, nomor, tahun, dan tanggalnya.",
    ),
}
