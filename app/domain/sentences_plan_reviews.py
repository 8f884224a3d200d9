"""What the review of a plan says, by code: in English, in Indonesian."""

from collections.abc import Mapping

SENTENCES: Mapping[str, tuple[str, str]] = {
    "comment_open": (
        "A comment {words} on this part is open. Have it resolved first.",
        "Komentar {words} pada bagian ini masih terbuka. Selesaikan dahulu.",
    ),
    "mentor_first": (
        "The mentors have not accepted this version yet. Wait for their verdict, or return the plan.",
        "Pembimbing belum menerima versi ini. Tunggu putusannya, atau kembalikan rencananya.",
    ),
}
