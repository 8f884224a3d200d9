"""What assessment, panels, windows and replacement say, by code: in English, in Indonesian."""

from collections.abc import Mapping

SENTENCES: Mapping[str, tuple[str, str]] = {
    # Why a rubric is refused.
    "no_questions": (
        "Ask at least one question.",
        "Ajukan sekurangnya satu pertanyaan.",
    ),
    "duplicate_question": (
        "Question {other} already has this code. Choose another.",
        "Pertanyaan {other} sudah memakai kode ini. Pilih kode lain.",
    ),
    "unknown_readiness_criterion": (
        "There is no such readiness criterion. Use a code from the catalogue.",
        "Kriteria kesiapan ini tidak ada. Pakai kode dari katalog.",
    ),
    "levels_count": (
        "Describe every level from 0 to {highest}, in this order.",
        "Uraikan setiap tingkat dari 0 sampai {highest}, menurut urutan ini.",
    ),
    # Why a form or a review is refused, and what it still lacks.
    "unknown_question": (
        "The rubric has no such question. Remove it.",
        "Rubrik tidak memuat pertanyaan ini. Hapus.",
    ),
    "level_range": (
        "A level is from 0 to {highest}.",
        "Tingkat dari 0 sampai {highest}.",
    ),
    "level_missing": (
        "Choose a level from 0 to {highest}.",
        "Pilih tingkat dari 0 sampai {highest}.",
    ),
    "text_missing": (
        "Explain the level in a few words.",
        "Jelaskan tingkat itu dengan beberapa kata.",
    ),
    "evidence_missing": (
        "Above level 0 this question asks for evidence. Add a link.",
        "Di atas tingkat 0 pertanyaan ini meminta bukti dukung. Tambahkan tautan.",
    ),
    # Moderation.
    "moderation_required": (
        "The assessors' levels differ by {spread}, more than the limit of {limit}. A moderation must decide.",
        "Tingkat dari para asesor berselisih {spread}, melebihi batas {limit}. Harus diputuskan melalui moderasi.",
    ),
    "moderated": (
        "Moderation set level {level} in place of the assessors' mean.",
        "Moderasi menetapkan tingkat {level} sebagai ganti rata-rata asesor.",
    ),
    "mean_upheld": (
        "Moderation let the assessors' mean stand.",
        "Moderasi mempertahankan rata-rata asesor.",
    ),
    "decision_missing": (
        "This question awaits moderation. Set a level, or let the mean stand, and give the reason.",
        "Pertanyaan ini menunggu moderasi. Tetapkan tingkat, atau pertahankan rata-rata, dan beri alasannya.",
    ),
    "nothing_to_moderate": (
        "Nothing on this question awaits moderation. Leave it out.",
        "Tidak ada yang menunggu moderasi pada pertanyaan ini. Jangan sertakan.",
    ),
    # How a region stands in its cohort.
    "strength": (
        "Above the cohort's median: {words}.",
        "Di atas median tahap: {words}.",
    ),
    "weakness": (
        "Below the cohort's median: {words}.",
        "Di bawah median tahap: {words}.",
    ),
    "at_median": (
        "At the cohort's median: {words}.",
        "Sama dengan median tahap: {words}.",
    ),
    # Why there is no figure of agreement.
    "no_pairs": (
        "No question has levels from two assessors, so there is nothing to compare.",
        "Tidak ada pertanyaan dengan tingkat dari dua asesor, jadi tidak ada yang dapat dibandingkan.",
    ),
    "no_variation": (
        "All levels are the same, so agreement cannot be told from chance.",
        "Semua tingkat sama, jadi kesepakatan tidak dapat dibedakan dari kebetulan.",
    ),
    # Why an assessor may not judge a region.
    "conflict_declared": (
        "The assessor declared a conflict of interest in this region.",
        "Asesor menyatakan benturan kepentingan di daerah ini.",
    ),
    "conflict_home_region": (
        "It is the assessor's own home region.",
        "Daerah ini adalah daerah asal asesor.",
    ),
    "conflict_mentor": (
        "The assessor was the region's mentor: {cohorts}.",
        "Asesor pernah menjadi pembimbing daerah ini: {cohorts}.",
    ),
    "conflict_mentor_institution": (
        "The assessor's institution, {institution}, provided the region's mentor: {cohorts}.",
        "Lembaga asesor, {institution}, pernah menyediakan pembimbing daerah ini: {cohorts}.",
    ),
    # What a panel lacks, and why it cannot be filled.
    "quorum_short": (
        "The panel has {size} of at least {quorum} assessors. Assign {missing} more.",
        "Panel memiliki {size} dari sedikitnya {quorum} asesor. Tugaskan {missing} lagi.",
    ),
    "same_institution": (
        "These assessors are from one institution, {institution}: {assessors}. Keep one of them.",
        "Para asesor ini dari satu lembaga, {institution}: {assessors}. Pertahankan salah satu.",
    ),
    "too_few_assessors": (
        "Assessors still needed: {needed}; free of conflict of interest: {free}. Name more assessors.",
        "Asesor yang masih diperlukan: {needed}; tanpa benturan kepentingan: {free}. Tambah asesor.",
    ),
    "too_few_institutions": (
        "Institutions still needed: {needed}; with an assessor free of conflict: {free}. Name more assessors.",
        "Lembaga yang masih diperlukan: {needed}; dengan asesor tanpa benturan kepentingan: {free}. Tambah asesor.",
    ),
    "assessors_full": (
        "Every assessor who could make room has reached the limit: {assessors}. Raise a limit or name more assessors.",
        "Setiap asesor yang dapat memberi tempat telah mencapai batas: {assessors}. Naikkan batas atau tambah asesor.",
    ),
    # Why something may not be done at this moment.
    "window_missing": (
        "The cohort's calendar has no {window}. The ministry sets it there; ask for it.",
        "Kalender tahap tidak memuat {window}. Kementerian yang menetapkannya; mintakan.",
    ),
    "window_ahead": (
        "Too early: {window} opens on {day} at 00:00 {zone}.",
        "Terlalu awal: {window} dibuka pada {day} pukul 00:00 {zone}.",
    ),
    "window_over": (
        "Too late: {window} closed at the end of {day} {zone}.",
        "Terlambat: {window} ditutup pada akhir {day} {zone}.",
    ),
    # Why a candidacy has left no seat.
    "still_standing": (
        "The candidacy is not withdrawn, so it has left no seat. Withdraw it first if the region leaves.",
        "Pencalonan ini belum ditarik, jadi tidak meninggalkan kursi. Tarik dahulu bila daerah itu mundur.",
    ),
    "seat_taken": (
        "Another candidacy has taken this seat; the chain names it. If that one withdraws, replace that one.",
        "Kursi ini sudah diambil pencalonan lain; lihat rangkaiannya. Bila yang itu mundur, gantikan yang itu.",
    ),
    "no_seat_held": (
        "The region withdrew before it held a seat, so none fell free. There is nothing to fill.",
        "Daerah ini mundur sebelum mendapat kursi, jadi tidak ada kursi yang kosong. Tidak ada yang perlu diisi.",
    ),
    "undecided": (
        "The cohort has no published final selection, so there is no order of reserves. Publish a final run first.",
        "Tahap ini belum punya seleksi akhir yang terbit, jadi belum ada urutan cadangan. Terbitkan dahulu.",
    ),
    "quota_reached": (
        "The cohort's quota is reached without this seat. Raise the quota to have it filled.",
        "Kuota tahap sudah tercapai tanpa kursi ini. Naikkan kuota agar kursi ini diisi.",
    ),
    # Who takes a seat that fell free.
    "offered": (
        "Rank {rank} is the first reserve with whom the equity rules can be kept.",
        "Peringkat {rank} adalah cadangan pertama yang tetap memungkinkan aturan pemerataan dipenuhi.",
    ),
    "offered_short": (
        "Rank {rank} is the first to keep the equity rules as far as they still can be. No longer all kept: {words}.",
        "Peringkat {rank} adalah yang pertama menjaga pemerataan sejauh masih mungkin. Tak semua terjaga: {words}.",
    ),
    "passed_over": (
        "Rank {rank} is passed over because of the equity rules: {words}.",
        "Peringkat {rank} dilewati karena aturan pemerataan: {words}.",
    ),
    "no_reserves": (
        "There is no reserve left for the seat.",
        "Tidak ada lagi cadangan untuk kursi ini.",
    ),
    "none_fits": (
        "Each of the {count} reserves would pass an upper bound of the equity rules. The seat stays empty for now.",
        "Setiap dari {count} cadangan akan melampaui batas atas aturan pemerataan. Kursi ini dibiarkan kosong dahulu.",
    ),
}
