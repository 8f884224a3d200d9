"""What a plan needs beside its content, by code: in English, in Indonesian."""

from collections.abc import Mapping

SENTENCES: Mapping[str, tuple[str, str]] = {
    "not_mentored": (
        "Nobody mentors this region, so there are no workshops to build on. Ask the ministry for a mentorship.",
        "Daerah ini belum didampingi, jadi belum ada bimtek yang mendasari. Minta pendampingan kepada kementerian.",
    ),
    "workshop_open": (
        "Workshop {number} is not closed. Hold it and close it with its outputs before the plan is submitted.",
        "Bimtek {number} belum ditutup. Selenggarakan dan tutup dengan luarannya sebelum rencana diajukan.",
    ),
    "regulation_kind": (
        "A regulation of this kind is not made here. Use one of: {kinds}.",
        "Peraturan jenis ini tidak dibuat di sini. Pakai salah satu: {kinds}.",
    ),
    "regulation_year": (
        "The regulation is of {year}, the year of its date. Correct one of them.",
        "Peraturan ini berasal dari {year}, tahun pada tanggalnya. Perbaiki salah satunya.",
    ),
    "regulation_ahead": (
        "The date is still to come; there it is {today}. Enact the plan once the regulation is made.",
        "Tanggal ini belum tiba; di sana hari ini {today}. Tetapkan rencana setelah peraturannya terbit.",
    ),
    "regulation_before_memorandum": (
        "The region's memorandum was signed on {day}, after this date. Correct the date.",
        "Nota kesepahaman daerah ini ditandatangani pada {day}, setelah tanggal ini. Perbaiki tanggalnya.",
    ),
    "regulation_before": (
        "The plan that is revised was enacted on {day}, after this date. Correct the date.",
        "Rencana yang direvisi ditetapkan pada {day}, setelah tanggal ini. Perbaiki tanggalnya.",
    ),
}
