"""What a region's path is told in: the steps of its records, one sentence each, and which of them are not public yet.

A sentence belongs to the state that a step leads to, or to the step itself, `(from, to)`, where it depends on where it
came from. What stands in braces is filled with what the record says (`title`, `number`, ...).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from app.domain.lifecycles import CANDIDACY, COMMITMENT, MASTER_PLAN, MEMORANDUM, MENTORSHIP, QUICK_WIN, WORKSHOP
from app.domain.reasons import Wording
from app.domain.states import Lifecycle

Step = tuple[str | None, str]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of record on a path: its states, and a sentence for each step.

    Without a lifecycle the record has no states, and its sentence stands under the empty state.
    """

    sentences: Mapping[str | Step, tuple[str, str]]
    lifecycle: Lifecycle | None = None

    @property
    def unpublished(self) -> frozenset[str]:
        """Return the states in which the record is not public."""
        return frozenset() if self.lifecycle is None else self.lifecycle.unpublished

    def steps(self) -> Iterator[tuple[str | None, str, Wording]]:
        """Yield (from, to, sentence); those of a certain step first, since of all others `from` is None."""
        for key, pair in sorted(self.sentences.items(), key=lambda item: isinstance(item[0], str)):
            before, to = (None, key) if isinstance(key, str) else key
            yield before, to, Wording(*pair)


KINDS: Mapping[str, Kind] = {
    "candidacies": Kind(
        {
            "nominated": ("The region was nominated.", "Daerah dicalonkan."),
            ("withdrawn", "nominated"): (
                "The region, which had left the cohort, was nominated again.",
                "Daerah yang telah keluar dari tahap ini dicalonkan kembali.",
            ),
            "invited": (
                "The region was invited to the readiness assessment.",
                "Daerah diundang mengikuti penilaian kesiapan.",
            ),
            ("form_submitted", "invited"): (
                "The readiness form was returned to the region.",
                "Formulir kesiapan dikembalikan kepada daerah.",
            ),
            "form_submitted": ("The region handed in its readiness form.", "Daerah mengirim formulir kesiapannya."),
            "assessed": ("The region was assessed.", "Daerah selesai dinilai."),
            "selected": ("The region was selected.", "Daerah terpilih."),
            ("reserve", "selected"): (
                "The region moved up from the reserve to a seat that fell free.",
                "Daerah naik dari cadangan ke kursi yang kosong.",
            ),
            ("mou_signed", "selected"): (
                "The region's memorandum was declared void; it stays selected, to sign anew.",
                "Nota kesepahaman daerah dinyatakan batal; daerah tetap terpilih untuk menandatangani yang baru.",
            ),
            "reserve": ("The region was put on the reserve list.", "Daerah masuk daftar cadangan."),
            "not_selected": ("The region was not selected.", "Daerah tidak terpilih."),
            "mou_signed": (
                "The region committed itself to the programme by its signature.",
                "Daerah mengikat diri pada program dengan tanda tangannya.",
            ),
            "mentoring": ("The mentoring of the region began.", "Pendampingan daerah dimulai."),
            ("plan_submitted", "mentoring"): (
                "The master plan went back to the region to be worked on.",
                "Rencana induk kembali kepada daerah untuk diperbaiki.",
            ),
            "plan_submitted": ("The region handed in its master plan.", "Daerah mengajukan rencana induknya."),
            "plan_accepted": ("The region's master plan was accepted.", "Rencana induk daerah diterima."),
            "enacted": ("The region's master plan became law.", "Rencana induk daerah menjadi peraturan."),
            "implementing": ("The region carries out its plan.", "Daerah melaksanakan rencananya."),
            "withdrawn": ("The region left the cohort.", "Daerah keluar dari tahap ini."),
        },
        CANDIDACY,
    ),
    "memoranda": Kind(
        {
            "drafted": ("A memorandum of understanding was drafted.", "Nota kesepahaman dirancang."),
            "signed": ("The memorandum of understanding was signed.", "Nota kesepahaman ditandatangani."),
            "void": ("The memorandum of understanding was declared void.", "Nota kesepahaman dinyatakan batal."),
        },
        MEMORANDUM,
    ),
    "mentorships": Kind(
        {
            "assigned": ("{institution} was assigned as mentor.", "{institution} ditugaskan sebagai pendamping."),
            "active": ("{institution} began to mentor the region.", "{institution} mulai mendampingi daerah."),
            "completed": (
                "The mentoring by {institution} was completed.",
                "Pendampingan oleh {institution} selesai.",
            ),
            "ended": ("The mentoring by {institution} ended early.", "Pendampingan oleh {institution} diakhiri."),
        },
        MENTORSHIP,
    ),
    "workshops": Kind(
        {
            "planned": ("Workshop {number} was planned.", "Bimtek {number} direncanakan."),
            "open": ("Workshop {number} was opened.", "Bimtek {number} dibuka."),
            "closed": ("Workshop {number} was closed with its outputs.", "Bimtek {number} ditutup dengan luarannya."),
        },
        WORKSHOP,
    ),
    "commitments": Kind(
        {
            "drafted": ("A commitment of {signatory} was drafted.", "Komitmen {signatory} dirancang."),
            "signed": ("The commitment of {signatory} was signed.", "Komitmen {signatory} ditandatangani."),
            "void": ("The commitment of {signatory} was declared void.", "Komitmen {signatory} dinyatakan batal."),
        },
        COMMITMENT,
    ),
    "master-plans": Kind(
        {
            "draft": ("The region began the master plan “{title}”.", "Daerah mulai menyusun rencana induk “{title}”."),
            "submitted": ("The master plan “{title}” was submitted.", "Rencana induk “{title}” diajukan."),
            ("returned", "submitted"): (
                "The master plan “{title}” was submitted again.",
                "Rencana induk “{title}” diajukan kembali.",
            ),
            "returned": (
                "The master plan “{title}” was returned to the region.",
                "Rencana induk “{title}” dikembalikan kepada daerah.",
            ),
            "accepted": ("The master plan “{title}” was accepted.", "Rencana induk “{title}” diterima."),
            "enacted": (
                "The master plan “{title}” was enacted by {regulation} {number} of {year}.",
                "Rencana induk “{title}” ditetapkan dengan {regulation} Nomor {number} Tahun {year}.",
            ),
            "superseded": (
                "The master plan “{title}” gave way to its revision.",
                "Rencana induk “{title}” digantikan oleh revisinya.",
            ),
        },
        MASTER_PLAN,
    ),
    "quick-wins": Kind(
        {
            "proposed": ("The quick win “{title}” was proposed.", "Program pintas “{title}” diusulkan."),
            "approved": ("The quick win “{title}” was approved.", "Program pintas “{title}” disetujui."),
            "running": ("The quick win “{title}” began.", "Program pintas “{title}” mulai berjalan."),
            "completed": (
                "The quick win “{title}” was completed: {value} of {target} {unit}.",
                "Program pintas “{title}” selesai: {value} dari {target} {unit}.",
            ),
            "cancelled": ("The quick win “{title}” was cancelled.", "Program pintas “{title}” dibatalkan."),
        },
        QUICK_WIN,
    ),
    "progress-reports": Kind(
        {
            "": (
                "The quick win “{title}” reported {percent} per cent.",
                "Program pintas “{title}” melaporkan {percent} persen.",
            )
        }
    ),
}

# What the words in braces are where the record holds a code or nothing.
REGION_HEAD = Wording("the head of the region", "kepala daerah")
REGULATIONS: Mapping[str, Wording] = {
    "regional_regulation": Wording("regional regulation", "Peraturan Daerah"),
    "regent_regulation": Wording("regent regulation", "Peraturan Bupati"),
    "mayor_regulation": Wording("mayor regulation", "Peraturan Wali Kota"),
}
