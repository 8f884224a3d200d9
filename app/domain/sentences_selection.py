"""What the selection engine says, by code: in English, in Indonesian."""

from collections.abc import Mapping

SENTENCES: Mapping[str, tuple[str, str]] = {
    # Why a region is not ranked.
    "not_eligible_kind": (
        "The method does not select regions of the kind {words}.",
        "Metode ini tidak memilih daerah berjenis {words}.",
    ),
    "no_own_budget": (
        "The region has no budget of its own.",
        "Daerah ini tidak memiliki anggaran sendiri.",
    ),
    "earlier_cohort": (
        "The region took part in an earlier cohort: {cohorts}.",
        "Daerah ini sudah ikut dalam tahap sebelumnya: {cohorts}.",
    ),
    "not_nominated": (
        "The region is not nominated in this cohort.",
        "Daerah ini tidak dicalonkan dalam tahap ini.",
    ),
    "missing_value": (
        "No value for: {criteria}. Supply it to have the region ranked.",
        "Tidak ada nilai untuk: {criteria}. Lengkapi agar daerah ini diperingkat.",
    ),
    # Why a ranked region is in, in reserve, or out.
    "merit": (
        "Rank {rank} is within the {seats} seats.",
        "Peringkat {rank} masuk dalam {seats} kursi.",
    ),
    "reserve": (
        "Rank {rank} is below the {seats} seats; reserve number {place}.",
        "Peringkat {rank} di bawah {seats} kursi; cadangan nomor {place}.",
    ),
    "below_line": (
        "Rank {rank} is below the {seats} seats.",
        "Peringkat {rank} di bawah {seats} kursi.",
    ),
    "tied": (
        "Its score equals that of {other}, which goes first by {words}.",
        "Skornya sama dengan {other}, yang didahulukan menurut {words}.",
    ),
    "equity_in": (
        "Rank {rank} is below the {seats} seats, but equity brings it in: {words}.",
        "Peringkat {rank} di bawah {seats} kursi, tetapi pemerataan memasukkannya: {words}.",
    ),
    "equity_out": (
        "Rank {rank} is within the {seats} seats, but equity gives the seat away: {words}.",
        "Peringkat {rank} masuk dalam {seats} kursi, tetapi pemerataan mengalihkannya: {words}.",
    ),
    # Why a method is refused before anything is ranked.
    "no_kinds": (
        "Name at least one kind of region.",
        "Sebutkan sekurangnya satu jenis daerah.",
    ),
    "provinces_stand_not": (
        "Only regencies and cities can stand. Take the provinces out of the kinds.",
        "Hanya kabupaten dan kota yang dapat dicalonkan. Hapus provinsi dari jenis daerah.",
    ),
    "duplicate_kind": (
        "The kind {kind} is named twice. Remove one.",
        "Jenis {kind} disebut dua kali. Hapus salah satu.",
    ),
    "no_criteria": (
        "Name at least one criterion.",
        "Sebutkan sekurangnya satu kriteria.",
    ),
    "duplicate_criterion": (
        "Criterion {other} already has this. Remove one of the two.",
        "Kriteria {other} sudah memakainya. Hapus salah satu.",
    ),
    "unknown_indicator": (
        "There is no such indicator. Use a code from the list of indicators.",
        "Indikator ini tidak ada. Pakai kode dari daftar indikator.",
    ),
    "one_measure": (
        "Name either an indicator or a score of the assessment, exactly one of the two.",
        "Sebutkan indikator atau skor penilaian, tepat salah satu.",
    ),
    "not_assessed_yet": (
        "Nobody is assessed yet when this choice is made. Use an indicator, or move the criterion to the final method.",
        "Saat seleksi ini belum ada yang dinilai. Pakai indikator, atau pindahkan kriteria ke metode final.",
    ),
    "unknown_assessment": (
        "There is no such score of the assessment. Choose one of: {known}.",
        "Skor penilaian ini tidak ada. Pilih salah satu: {known}.",
    ),
    "assessment_has_no_year": (
        "A score of the assessment belongs to the cohort and has no year. Leave the year out.",
        "Skor penilaian milik tahapnya dan tidak bertahun. Kosongkan tahunnya.",
    ),
    "two_years": (
        "Give either year or latest_up_to, not both.",
        "Isi year atau latest_up_to, jangan keduanya.",
    ),
    "weight_range": (
        "A weight is above 0, at most 1, and has at most {places} decimal places.",
        "Bobot lebih dari 0, paling besar 1, dan paling banyak {places} angka desimal.",
    ),
    "weights_sum": (
        "The weights sum to {sum}. Change them to sum to exactly 1.",
        "Jumlah bobot {sum}. Ubah sehingga jumlahnya tepat 1.",
    ),
    "direction_needs_scale": (
        "Without normalisation the value itself is the score, so higher must be better. Choose a normalisation.",
        "Tanpa normalisasi nilai menjadi skor, jadi yang lebih tinggi harus lebih baik. Pilih suatu normalisasi.",
    ),
    "bands_required": (
        "This normalisation needs at least two bands.",
        "Normalisasi ini memerlukan sekurangnya dua golongan.",
    ),
    "bands_unused": (
        "Only the normalisation bands uses bands. Remove them or choose bands.",
        "Hanya normalisasi bands yang memakai golongan. Hapus, atau pilih bands.",
    ),
    "band_bound": (
        "The first band has no lower bound, every other band has one.",
        "Golongan pertama tanpa batas bawah, setiap golongan lain memilikinya.",
    ),
    "bands_order": (
        "Lower bounds must rise from band to band.",
        "Batas bawah harus naik dari golongan ke golongan.",
    ),
    "band_score_range": (
        "A band's score is from 0 to 1.",
        "Skor golongan dari 0 sampai 1.",
    ),
    "band_direction": (
        "The scores of the bands go against the criterion's direction. Turn one of them round.",
        "Skor golongan berlawanan dengan arah kriteria. Balikkan salah satunya.",
    ),
    "tie_criterion": (
        "Name a criterion's code exactly when the tie is broken by a criterion.",
        "Sebutkan kode kriteria hanya bila seri diputus oleh kriteria.",
    ),
    "unknown_criterion": (
        "The method has no such criterion. Use the code of one.",
        "Metode ini tidak memiliki kriteria itu. Pakai kode kriteria yang ada.",
    ),
    "duplicate_tie_breaker": (
        "An earlier tie-breaker already decides by this. Remove one.",
        "Pemutus seri sebelumnya sudah memakainya. Hapus salah satu.",
    ),
    "seats_range": (
        "Give at_least 1 seat or more, at_most 0 or more.",
        "Isi at_least dengan 1 kursi atau lebih, at_most dengan 0 atau lebih.",
    ),
    "unknown_group": (
        "There is no such group in this scope. Use a known code, or leave the group out to mean every group.",
        "Kelompok ini tidak ada dalam cakupan itu. Pakai kode yang ada, atau kosongkan untuk semua kelompok.",
    ),
    "kind_not_eligible": (
        "The method does not select this kind. Add it to the eligible kinds or drop the rule.",
        "Metode ini tidak memilih jenis itu. Tambahkan ke jenis yang memenuhi syarat atau hapus aturannya.",
    ),
    "duplicate_rule": (
        "An earlier rule already sets this bound. Remove one.",
        "Aturan sebelumnya sudah menetapkan batas ini. Hapus salah satu.",
    ),
    "draws_range": (
        "Draws are from 1 to {most}.",
        "Jumlah undian dari 1 sampai {most}.",
    ),
    "seed_range": (
        "The seed is from 0 to {most}.",
        "Benih acak dari 0 sampai {most}.",
    ),
    "spread_range": (
        "The spread is from {least} to {most}, or 0 to leave the weights as they are.",
        "Sebaran dari {least} sampai {most}, atau 0 bila bobot dibiarkan tetap.",
    ),
    # Why a sound method cannot be carried out on the data at hand.
    "no_values": (
        "No eligible region has a value of {indicator} for the years asked. Import values or drop the criterion.",
        "Tidak ada nilai {indicator} pada tahun itu bagi daerah yang memenuhi syarat. Impor nilai atau hapus kriteria.",
    ),
    "no_scores": (
        "No eligible region has a score of {assessment}. Finalise the assessments or drop the criterion.",
        "Tidak ada skor {assessment} bagi daerah yang memenuhi syarat. Selesaikan penilaian atau hapus kriteria.",
    ),
    "impossible_rule": (
        "No choice of {seats} out of {ranked} ranked regions obeys this rule: {words}. Loosen it.",
        "Tidak ada pilihan {seats} dari {ranked} daerah berperingkat yang memenuhi aturan ini: {words}. Longgarkan.",
    ),
    "conflicting_rules": (
        (
            "No choice of {seats} out of {ranked} ranked regions obeys the {count} rules named here, one of them: "
            "{words}. Loosen one."
        ),
        (
            "Tidak ada pilihan {seats} dari {ranked} daerah berperingkat yang memenuhi {count} aturan di sini, "
            "salah satunya: {words}. Longgarkan salah satu."
        ),
    ),
}
