"""The example rubric of the demo: what a panel asks of a region, in both languages, of our own wording."""

from typing import Any

# What the levels mean whatever the question is.
_LEVELS = (
    ("Nothing of it exists yet.", "Belum ada sama sekali."),
    ("It is intended, but nothing is decided.", "Sudah direncanakan, tetapi belum diputuskan."),
    ("It is decided and begun in some agencies.", "Sudah diputuskan dan dimulai di sebagian OPD."),
    ("It works in most agencies.", "Sudah berjalan di sebagian besar OPD."),
    ("It works everywhere and is reviewed every year.", "Sudah berjalan di semua OPD dan ditinjau setiap tahun."),
)


def _question(code: str, weight: float, text_en: str, text_id: str, *, proof: bool = False) -> dict[str, Any]:
    levels = [{"text_en": english, "text_id": indonesian} for english, indonesian in _LEVELS]
    return {
        "code": code,
        "weight": weight,
        "text_en": text_en,
        "text_id": text_id,
        "evidence_required": proof,
        "levels": levels,
    }


_VISION = [
    _question(
        "vision",
        0.6,
        "Has the head of region said what residents will have of it, and by when?",
        "Sudahkah kepala daerah menyatakan manfaatnya bagi warga, dan kapan?",
    ),
    _question(
        "drive",
        0.4,
        "Does one team answer to the head of region for carrying it out?",
        "Adakah satu tim yang bertanggung jawab kepada kepala daerah atas pelaksanaannya?",
    ),
]
_INFRASTRUCTURE = [
    _question(
        "network",
        0.5,
        "Are all public offices on one secure network?",
        "Apakah semua kantor layanan tersambung ke satu jaringan yang aman?",
    ),
    _question(
        "data",
        0.5,
        "Do the agencies share their data instead of asking for them again?",
        "Apakah OPD saling berbagi data tanpa meminta ulang?",
    ),
]
_REGULATION = [
    _question(
        "rules",
        0.5,
        "Is there a local regulation that the plan can stand on?",
        "Adakah peraturan daerah yang menjadi landasan rencana ini?",
        proof=True,
    ),
    _question(
        "budget",
        0.5,
        "Is the work in the regional budget?",
        "Apakah kegiatannya tercantum dalam APBD?",
        proof=True,
    ),
]
_PEOPLE = [
    _question(
        "skills",
        0.5,
        "Are there enough trained people in the agencies?",
        "Apakah pegawai terlatih di OPD sudah cukup?",
    ),
    _question(
        "partners",
        0.5,
        "Do universities, companies and residents take part?",
        "Apakah perguruan tinggi, perusahaan, dan warga ikut serta?",
    ),
]

QUESTIONS = [
    question["code"] for criterion in (_VISION, _INFRASTRUCTURE, _REGULATION, _PEOPLE) for question in criterion
]
PROVEN = [question["code"] for question in _REGULATION]

RUBRIC: dict[str, Any] = {
    "code": "demo-readiness",
    "name_en": "Readiness (example of the demo)",
    "name_id": "Kesiapan (contoh peragaan)",
    "criteria": [
        {"code": "leadership_vision", "weight": 0.3, "questions": _VISION},
        {"code": "infrastructure", "weight": 0.25, "questions": _INFRASTRUCTURE},
        {"code": "regulation", "weight": 0.2, "questions": _REGULATION},
        {"code": "human_resources", "weight": 0.25, "questions": _PEOPLE},
    ],
}
