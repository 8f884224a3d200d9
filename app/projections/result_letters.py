"""Who sees which result letters: ministry staff and auditors all, a region's own office its own."""

from sqlalchemy import true

from app.kernel.filters import Condition, contains, equals, one_of
from app.kernel.projection import READER_REGION, Projection, Reader, columns_of
from app.models.candidacies import Candidacy
from app.models.regions import Region
from app.models.result_letters import ResultLetter
from app.schemas.result_letters import ResultLetterRead

_letters = ResultLetter.__table__
_candidacies = Candidacy.__table__
_regions = Region.__table__


def _addressee(reader: Reader) -> Condition:
    return true() if reader.insider else _candidacies.c.region_code == READER_REGION


_rehearsed = _letters.c.rehearsal.is_not(None)
RESULT_LETTERS = Projection(
    name="result-letters",
    schema=ResultLetterRead,
    source=_letters.join(_candidacies, _candidacies.c.id == _letters.c.candidacy_id).join(
        _regions, _regions.c.code == _candidacies.c.region_code
    ),
    columns=columns_of(
        ResultLetterRead,
        _letters,
        cohort_code=_candidacies.c.cohort_code,
        region_code=_candidacies.c.region_code,
        region_name=_regions.c.name,
        simulation=_rehearsed,
    ),
    key=_letters.c.id,
    sorts={"region_code": _candidacies.c.region_code, "created_at": _letters.c.created_at},
    filters={
        "id": equals(_letters.c.id),
        "q": contains(_letters.c.number),
        "candidacy": equals(_letters.c.candidacy_id),
        "cohort": equals(_candidacies.c.cohort_code),
        "simulation": equals(_rehearsed),
        "region": equals(_candidacies.c.region_code),
        "province": equals(_regions.c.province_code),
        "decision": equals(_letters.c.decision),
        "decision_in": one_of(_letters.c.decision),
        "year": equals(_letters.c.year),
    },
    visible=_addressee,
)
