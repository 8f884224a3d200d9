"""What mentoring, master plans and quick wins say, by code: in English, in Indonesian."""

from collections.abc import Mapping

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
}
