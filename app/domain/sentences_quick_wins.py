"""What quick wins and their progress say, by code: in English, in Indonesian."""

from collections.abc import Mapping

SENTENCES: Mapping[str, tuple[str, str]] = {
    # Why a quick win is refused.
    "ends_before_start": (
        "{title}: it ends before it starts. Correct one of the days.",
        "{title}: berakhir sebelum dimulai. Perbaiki salah satu tanggalnya.",
    ),
    "too_long": (
        "{title}: a quick win takes at most {months} months. This one may end on {day} at the latest.",
        "{title}: program pintas berlangsung paling lama {months} bulan. Yang ini harus berakhir paling lambat {day}.",
    ),
    # What the cohort asks of a region's quick wins, and why its rules are refused.
    "quick_wins_few": (
        "The cohort asks for at least {least} quick wins; there are {count}. Add {missing} more.",
        "Tahap ini meminta sedikitnya {least} program pintas; ada {count}. Tambahkan {missing} lagi.",
    ),
    "quick_wins_many": (
        "The cohort allows at most {most} quick wins; there are {count}. Cancel {surplus}.",
        "Tahap ini mengizinkan paling banyak {most} program pintas; ada {count}. Batalkan {surplus}.",
    ),
    "dimensions_uncovered": (
        "No quick win is in: {dimensions}. Add one in each.",
        "Belum ada program pintas dalam: {dimensions}. Tambahkan satu untuk masing-masing.",
    ),
    "dimensions_few": (
        "The cohort asks for quick wins in at least {least} dimensions; they are in {count}. Cover {missing} more.",
        "Tahap ini meminta program pintas dalam sedikitnya {least} dimensi; ada {count}. Liput {missing} lagi.",
    ),
    "count_below_zero": (
        "The number cannot be below 0.",
        "Jumlah tidak boleh kurang dari 0.",
    ),
    "most_below_least": (
        "The rules need at least {least} quick wins, so no fewer can be the most allowed. Change one of the two.",
        "Aturan memerlukan sedikitnya {least} program pintas, jadi batas atas tidak boleh kurang. Ubah salah satunya.",
    ),
    "dimensions_beyond_catalogue": (
        "The catalogue has only {count} dimensions.",
        "Katalog hanya memiliki {count} dimensi.",
    ),
    # Why a report is refused.
    "report_not_running": (
        "The quick win is not running yet. Start it, then report.",
        "Program pintas belum berjalan. Mulai dahulu, lalu laporkan.",
    ),
    "report_after_closing": (
        "The quick win is closed. Nothing more can be reported.",
        "Program pintas sudah ditutup. Tidak ada lagi yang dapat dilaporkan.",
    ),
    "day_before_start": (
        "The quick win starts on {day}. Give that day or a later one.",
        "Program pintas dimulai pada {day}. Isi tanggal itu atau sesudahnya.",
    ),
    "day_ahead": (
        "In the region it is {day}. Give that day or an earlier one.",
        "Di daerah ini sekarang tanggal {day}. Isi tanggal itu atau sebelumnya.",
    ),
    "day_before_last_report": (
        "The last report is of {day}. Give that day or a later one.",
        "Laporan terakhir bertanggal {day}. Isi tanggal itu atau sesudahnya.",
    ),
    "percent_range": (
        "Progress is from 0 to 100 per cent.",
        "Kemajuan dari 0 sampai 100 persen.",
    ),
    "percent_fell": (
        "The last report said {before} %, this one says {percent} %. Give the reason.",
        "Laporan terakhir menyebut {before} %, yang ini {percent} %. Beri alasannya.",
    ),
    # What completion needs.
    "value_missing": (
        "Give the value measured at the end, in the unit of the target.",
        "Isi nilai yang diukur pada akhirnya, dalam satuan target.",
    ),
    "proof_missing": (
        "Completion asks for evidence. Add a link.",
        "Penyelesaian memerlukan bukti dukung. Tambahkan tautan.",
    ),
    # How a quick win stands on a day.
    "quick_win_left": (
        "The region left the cohort before it ended, so nothing more is expected of it.",
        "Daerah keluar dari tahap sebelum program ini selesai, sehingga tidak ada lagi yang dinantikan.",
    ),
    "quick_win_unapproved": (
        "It is not approved, so nothing is expected of it.",
        "Belum disetujui, sehingga belum ada yang diharapkan darinya.",
    ),
    "quick_win_ahead": (
        "It starts on {day}.",
        "Dimulai pada {day}.",
    ),
    "quick_win_on_track": (
        "{percent} % is reported, {words} % of the time has passed.",
        "Dilaporkan {percent} %, waktu yang telah berlalu {words} %.",
    ),
    "quick_win_behind": (
        "Only {percent} % is reported, {words} % of the time has passed; {tolerance} points less are allowed.",
        "Baru dilaporkan {percent} %, waktu yang telah berlalu {words} %; selisih yang diizinkan {tolerance} poin.",
    ),
    "report_overdue": (
        "The monthly report due on {day} is missing. Send it.",
        "Laporan bulanan yang jatuh tempo pada {day} belum ada. Kirimkan.",
    ),
    "quick_win_overdue": (
        "It should have ended on {day}. Complete it with evidence, or cancel it.",
        "Seharusnya berakhir pada {day}. Selesaikan dengan bukti dukung, atau batalkan.",
    ),
    "quick_win_achieved": (
        "The target is reached: {words}.",
        "Target tercapai: {words}.",
    ),
    "quick_win_missed": (
        "It was closed without reaching the target: {words}.",
        "Ditutup tanpa mencapai target: {words}.",
    ),
    "quick_win_dropped": (
        "It was closed on {day} without a measured value.",
        "Ditutup pada {day} tanpa nilai terukur.",
    ),
}
