"""What the proposal of mentors, master plans and the benefit first say, by code: in English, in Indonesian."""

from collections.abc import Mapping

# What the fields of a plan and a quick win are called.
FIELDS: Mapping[str, tuple[str, str]] = {
    "title": ("title", "judul"),
    "benefit": ("benefit", "manfaat"),
    "beneficiaries": ("beneficiaries", "penerima manfaat"),
    "measure": ("measure", "ukuran"),
    "unit": ("unit", "satuan"),
    "baseline": ("baseline", "nilai awal"),
    "target": ("target", "target"),
    "year": ("year of the target", "tahun target"),
    "technology": ("technology", "teknologi"),
    "dimension": ("dimension", "dimensi"),
    "sub_dimension": ("sub-dimension", "subdimensi"),
    "owner_agency": ("agency", "perangkat daerah"),
    "first_year": ("first year", "tahun awal"),
    "last_year": ("last year", "tahun akhir"),
    "budget": ("budget", "anggaran"),
    "horizon": ("years covered", "tahun yang dicakup"),
    "vision": ("vision", "visi"),
    "objectives": ("objectives", "sasaran"),
    "problems": ("problems served", "masalah yang dijawab"),
    "potentials": ("potentials served", "potensi yang diangkat"),
    "priorities": ("national priorities", "prioritas nasional"),
    "regional_plan": ("regional medium-term plan", "RPJMD"),
}

SENTENCES: Mapping[str, tuple[str, str]] = {
    # Why a region is proposed to a mentor, and why to none.
    "mentor_only": (
        "The only mentor free for this region: {words}.",
        "Satu-satunya pembimbing yang bebas untuk daerah ini: {words}.",
    ),
    "mentor_best": (
        "No mentor free for this region suits it better: {words}.",
        "Tidak ada pembimbing bebas yang lebih cocok untuk daerah ini: {words}.",
    ),
    "mentor_full": (
        "Mentor {other} suits this region better, but is full, and no exchange would be better as a whole: {words}.",
        "Pembimbing {other} lebih cocok, tetapi penuh, dan tidak ada pertukaran yang lebih baik bagi semua: {words}.",
    ),
    "mentor_even": (
        "Mentor {other} suits this region better, but the loads would lose at least as much in evenness: {words}.",
        "Pembimbing {other} lebih cocok, tetapi kerugian pada pemerataan beban sekurangnya sama besar: {words}.",
    ),
    "no_mentors": (
        "There is no mentor yet. Name at least one.",
        "Belum ada pembimbing. Tunjuk sekurangnya satu.",
    ),
    "mentors_conflicted": (
        "Every mentor has a conflict of interest in this region. Name another mentor, or have a conflict passed over.",
        "Setiap pembimbing memiliki benturan kepentingan di daerah ini. Tunjuk yang lain, atau minta pengecualian.",
    ),
    "mentors_full": (
        "Regions that can go only to {mentors}: {count}; room there: {room}. Raise a limit or name more mentors.",
        "Daerah yang hanya dapat ke {mentors}: {count}; tempat di sana: {room}. Naikkan batas atau tambah pembimbing.",
    ),
    # Benefit first.
    "benefit_missing": (
        "{title}: say what the public gains.",
        "{title}: sebutkan manfaatnya bagi masyarakat.",
    ),
    "beneficiaries_missing": (
        "{title}: say who gains it.",
        "{title}: sebutkan penerima manfaatnya.",
    ),
    "unit_missing": (
        "{title}: say in which unit the benefit is measured.",
        "{title}: sebutkan satuan untuk mengukur manfaatnya.",
    ),
    "baseline_missing": (
        "{title}: give the baseline, the value before it begins.",
        "{title}: isi nilai awal, yaitu nilai sebelum dimulai.",
    ),
    "target_missing": (
        "{title}: give the target, the value to be reached.",
        "{title}: isi target, yaitu nilai yang akan dicapai.",
    ),
    "measure_year_missing": (
        "{title}: give the year by whose end the target is reached.",
        "{title}: isi tahun tercapainya target.",
    ),
    "target_equals_baseline": (
        "{title}: target and baseline are both {words}, so nothing would change. Set another target.",
        "{title}: target dan nilai awal sama-sama {words}, jadi tidak ada perubahan. Tetapkan target lain.",
    ),
    "measure_year_outside": (
        "{title}: the target's year, {year}, is outside the plan. Choose one from {first_year} to {last_year}.",
        "{title}: tahun target, {year}, di luar rencana. Pilih tahun dari {first_year} sampai {last_year}.",
    ),
    "technology_too_early": (
        "{title}: the benefit comes before the technology. First settle: {words}.",
        "{title}: manfaat mendahului teknologi. Lengkapi atau perbaiki dahulu: {words}.",
    ),
    # Why a plan is refused.
    "horizon_order": (
        "The last year comes before the first. Correct one of them.",
        "Tahun akhir mendahului tahun awal. Perbaiki salah satunya.",
    ),
    "horizon_length": (
        "A plan covers {least} to {most} whole years, the first and the last included. These are {years}.",
        "Rencana mencakup {least} sampai {most} tahun penuh, termasuk tahun awal dan akhir. Ini {years} tahun.",
    ),
    "duplicate_initiative": (
        "{other} already has this id. Give each initiative its own.",
        "{other} sudah memakai id ini. Beri setiap program id sendiri.",
    ),
    "unknown_dimension": (
        "There is no such dimension. Use a code from the catalogue.",
        "Dimensi ini tidak ada. Pakai kode dari katalog.",
    ),
    "unknown_sub_dimension": (
        "The dimension has no such sub-dimension. Use one of: {known}.",
        "Dimensi itu tidak memiliki subdimensi ini. Pakai salah satu: {known}.",
    ),
    "sub_dimension_alone": (
        "A sub-dimension needs its dimension. Name the dimension.",
        "Subdimensi memerlukan dimensinya. Sebutkan dimensinya.",
    ),
    "years_outside": (
        "{title}: {year} is outside the plan. Choose a year from {first_year} to {last_year}.",
        "{title}: {year} di luar rencana. Pilih tahun dari {first_year} sampai {last_year}.",
    ),
    "years_order": (
        "{title}: the last year comes before the first. Correct one of them.",
        "{title}: tahun akhir mendahului tahun awal. Perbaiki salah satunya.",
    ),
    "amount_range": (
        "An amount is whole rupiah, from 0 to {most}.",
        "Jumlah dalam rupiah penuh, dari 0 sampai {most}.",
    ),
    "budget_year_outside": (
        "{title}: it does not run in {year}. Budget for the years from {first_year} to {last_year}.",
        "{title}: tidak berjalan pada {year}. Anggarkan untuk tahun {first_year} sampai {last_year}.",
    ),
    "unknown_source": (
        "There is no such source of funds. Use one of: {known}.",
        "Sumber dana ini tidak ada. Pakai salah satu: {known}.",
    ),
    "duplicate_budget_line": (
        "{other} is for the same year and source. Add up both in one line.",
        "{other} untuk tahun dan sumber yang sama. Jumlahkan keduanya dalam satu baris.",
    ),
    "unknown_problem": (
        "The region's profile has no such problem. Choose one from it, or add it there.",
        "Profil daerah tidak memuat masalah ini. Pilih dari profil, atau tambahkan di sana.",
    ),
    "unknown_potential": (
        "The region's profile has no such potential. Choose one from it, or add it there.",
        "Profil daerah tidak memuat potensi ini. Pilih dari profil, atau tambahkan di sana.",
    ),
    "unknown_priority": (
        "There is no such national priority. Use a code from the catalogue.",
        "Prioritas nasional ini tidak ada. Pakai kode dari katalog.",
    ),
    "named_twice": (
        "It is named twice. Remove one.",
        "Disebut dua kali. Hapus salah satu.",
    ),
    # What a plan lacks before it can be submitted.
    "no_initiatives": (
        "The plan has no initiative. Add at least one.",
        "Rencana belum memiliki program. Tambahkan sekurangnya satu.",
    ),
    "dimension_missing": (
        "{title}: name the dimension it belongs to.",
        "{title}: sebutkan dimensinya.",
    ),
    "owner_agency_missing": (
        "{title}: name the agency in charge.",
        "{title}: sebutkan perangkat daerah penanggung jawabnya.",
    ),
    "first_year_missing": (
        "{title}: give its first year.",
        "{title}: isi tahun awalnya.",
    ),
    "last_year_missing": (
        "{title}: give its last year.",
        "{title}: isi tahun akhirnya.",
    ),
    # Why a template is refused, and what of it a plan does not fill.
    "no_books": (
        "Name at least one book.",
        "Sebutkan sekurangnya satu buku.",
    ),
    "no_chapters": (
        "Give the book at least one chapter.",
        "Beri buku ini sekurangnya satu bab.",
    ),
    "no_parts": (
        "Give the chapter at least one part.",
        "Beri bab ini sekurangnya satu bagian.",
    ),
    "part_weight_range": (
        "A weight is a whole number from 1 to {most}.",
        "Bobot adalah bilangan bulat dari 1 sampai {most}.",
    ),
    "duplicate_code": (
        "{other} already has this code. Choose another.",
        "{other} sudah memakai kode ini. Pilih kode lain.",
    ),
    "unknown_part": (
        "The template has no place for this text. Remove it.",
        "Kerangka tidak memiliki tempat untuk teks ini. Hapus.",
    ),
    "part_missing": (
        "Still to be written: {words}.",
        "Belum ditulis: {words}.",
    ),
    "part_initiatives": (
        "{words}: {percent} % of the initiatives lack nothing. Complete the others.",
        "{words}: {percent} % program sudah lengkap. Lengkapi yang lain.",
    ),
    "part_budget": (
        "{words}: {percent} % of the initiatives have a budget. Add what the others cost.",
        "{words}: {percent} % program memiliki anggaran. Isi anggaran yang lain.",
    ),
    # What changed between two versions of a plan.
    "initiative_added": (
        "New initiative: {title}.",
        "Program baru: {title}.",
    ),
    "initiative_removed": (
        "Initiative removed: {title}.",
        "Program dihapus: {title}.",
    ),
    "initiative_changed": (
        "Initiative changed: {title} ({words}).",
        "Program diubah: {title} ({words}).",
    ),
    "initiatives_reordered": (
        "The initiatives are in another order.",
        "Urutan program berubah.",
    ),
    "section_added": (
        "New: {words}.",
        "Baru: {words}.",
    ),
    "section_removed": (
        "Removed: {words}.",
        "Dihapus: {words}.",
    ),
    "section_changed": (
        "Changed: {words}.",
        "Diubah: {words}.",
    ),
}
