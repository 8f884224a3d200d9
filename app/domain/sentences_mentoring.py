"""What mentorships say, by code: in English, in Indonesian."""

from collections.abc import Mapping

SENTENCES: Mapping[str, tuple[str, str]] = {
    # Why someone may not mentor a region.
    "conflict_assessor": (
        "The expert is on the panel that assessed this region in the same cohort.",
        "Pakar ini duduk di panel yang menilai daerah ini pada tahap yang sama.",
    ),
    # Why someone has no part in a cohort, on a panel as little as in a mentorship.
    "simulated_expert": (
        "The expert is simulated, and the cohort is not. Name a real expert.",
        "Pakar ini hanya simulasi, sedangkan tahap ini bukan simulasi. Pilih pakar yang nyata.",
    ),
    # Why a mentorship is refused.
    "not_mentor": (
        "The expert is not an active mentor. Name one who is.",
        "Pakar ini bukan pembimbing yang aktif. Pilih yang aktif.",
    ),
    "not_facilitator": (
        "The expert is neither an active facilitator nor an active mentor. Name one who is.",
        "Pakar ini bukan pendamping atau pembimbing yang aktif. Pilih yang aktif.",
    ),
    "other_institution": (
        "The lead mentor is from another institution. Name an expert of the institution that mentors.",
        "Pembimbing utama berasal dari lembaga lain. Pilih pakar dari lembaga yang mendampingi.",
    ),
    "leads_already": (
        "This expert leads the mentorship already. Leave the name out here.",
        "Pakar ini sudah memimpin pendampingan. Jangan sebutkan lagi di sini.",
    ),
    "period_reversed": (
        "The mentorship ends before it starts. Choose a later last day.",
        "Pendampingan berakhir sebelum dimulai. Pilih hari terakhir yang lebih kemudian.",
    ),
    "period_too_long": (
        "A mentorship lasts {months} months at most, here until {day}. Choose an earlier last day.",
        "Pendampingan berlangsung paling lama {months} bulan, di sini sampai {day}. Pilih hari terakhir lebih awal.",
    ),
    "mentor_overloaded": (
        "The mentor would lead {wanted} mentorships in this cohort; the limit is {most}. Name another mentor.",
        "Pembimbing akan memimpin {wanted} pendampingan di tahap ini; batasnya {most}. Pilih pembimbing lain.",
    ),
    "workshop_not_closed": (
        "Workshop {number} is not closed yet. Close it first.",
        "Bimtek {number} belum ditutup. Tutup dahulu.",
    ),
}
