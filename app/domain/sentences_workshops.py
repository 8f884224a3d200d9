"""What workshops, their sessions and commitments say, by code: in English, in Indonesian."""

from collections.abc import Mapping

# What the outputs of the workshops are called.
OUTPUTS: Mapping[str, tuple[str, str]] = {
    "readiness_analysis": ("readiness analysis", "analisis kesiapan"),
    "gap_analysis": ("gap analysis", "analisis kesenjangan"),
    "swot_analysis": ("SWOT analysis", "analisis SWOT"),
    "book_1_review": ("review of Book 1", "telaah Buku 1"),
    "action_plan": ("action plan", "rencana aksi"),
    "road_map": ("road map", "peta jalan"),
}

SENTENCES: Mapping[str, tuple[str, str]] = {
    # In which order workshops are held, and what one needs before it closes.
    "workshop_before_open": (
        "Workshop {before} is not closed yet. Close it first.",
        "Bimtek {before} belum ditutup. Tutup dahulu.",
    ),
    "session_missing": (
        "No session is recorded. Record at least one.",
        "Belum ada sesi yang dicatat. Catat sekurangnya satu.",
    ),
    "output_missing": (
        "The document is missing: {words}. Add its link.",
        "Dokumen belum ada: {words}. Tambahkan tautannya.",
    ),
    "candidates_missing": (
        "The region has no quick win yet. Let it propose at least one.",
        "Daerah belum memiliki program pintas. Minta daerah mengusulkan sekurangnya satu.",
    ),
    "head_commitment_missing": (
        "The head of region has not signed a commitment. Let the region record and sign it.",
        "Kepala daerah belum menandatangani komitmen. Minta daerah mencatat dan menandatanganinya.",
    ),
    "agency_commitment_missing": (
        "No agency has signed a commitment. Let the region record and sign at least one.",
        "Belum ada perangkat daerah yang menandatangani komitmen. Minta daerah mencatat sekurangnya satu.",
    ),
    "quick_win_not_final": (
        "{title}: this quick win is only proposed. Approve or cancel it.",
        "{title}: program pintas ini baru diusulkan. Setujui atau batalkan.",
    ),
    # Why an output is refused.
    "unknown_output": (
        "No workshop has such an output. Remove it or check its spelling.",
        "Tidak ada bimtek dengan luaran ini. Hapus atau periksa ejaannya.",
    ),
    "output_elsewhere": (
        "This is an output of workshop {number}. Add it there.",
        "Ini luaran bimtek {number}. Tambahkan di sana.",
    ),
    "output_derived": (
        "This follows from the region's own records; no document is taken for it. Leave it out.",
        "Ini dilihat dari data daerah sendiri; dokumen tidak diperlukan. Kosongkan.",
    ),
    # Why a session is refused.
    "session_outside": (
        "The mentorship lasts from {first_day} to {last_day}. Give a day within.",
        "Pendampingan berlangsung dari {first_day} sampai {last_day}. Isi tanggal di dalamnya.",
    ),
    "session_ahead": (
        "In the region it is {day}. Record a session once it was held.",
        "Di daerah ini sekarang tanggal {day}. Catat sesi setelah dilaksanakan.",
    ),
    "place_missing": (
        "A session on site has a place. Say where it was held.",
        "Sesi tatap muka memiliki tempat. Sebutkan tempatnya.",
    ),
    "place_online": (
        "A session online has no place. Leave it out.",
        "Sesi daring tidak memiliki tempat. Kosongkan.",
    ),
    "attendance_twice": (
        "{agency}, {role} is counted twice. Add up both in one line.",
        "{agency}, {role} dihitung dua kali. Jumlahkan keduanya dalam satu baris.",
    ),
    # Why a commitment is refused, and what it lacks before it is signed.
    "agency_missing": (
        "Name the agency that commits itself.",
        "Sebutkan perangkat daerah yang berkomitmen.",
    ),
    "agency_of_head": (
        "The head of region commits for the whole region. Leave the agency out.",
        "Kepala daerah berkomitmen untuk seluruh daerah. Kosongkan perangkat daerahnya.",
    ),
    "signing_day_missing": (
        "Give the day on which it was signed.",
        "Isi tanggal penandatanganannya.",
    ),
    "signing_ahead": (
        "In the region it is {day}. Give that day or an earlier one.",
        "Di daerah ini sekarang tanggal {day}. Isi tanggal itu atau sebelumnya.",
    ),
    "signed_document_missing": (
        "Add the link to the signed document.",
        "Tambahkan tautan ke dokumen yang ditandatangani.",
    ),
}
