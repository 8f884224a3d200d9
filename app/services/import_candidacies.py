"""Importing `candidacies`: each row nominates a region; one that stands in the cohort already stays as it is."""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from typing import ClassVar, NamedTuple, Self

from sqlalchemy import select

from app.kernel.bodies import Schema
from app.kernel.bulk import Difference
from app.kernel.messages import Text
from app.kernel.projection import reader_of
from app.kernel.rows import Fault, Fields, Row
from app.kernel.writing import Writing
from app.models.candidacies import Candidacy
from app.models.cohorts import Cohort
from app.projections.cohorts import COHORTS
from app.schemas.imports import CandidacyRow
from app.services.candidacies import CANNOT_STAND, NOMINATING, lock_cohort, nominate, unable_to_stand
from app.services.import_places import PLACE, Places, load_places
from app.services.import_rows import SILENT, RejectedRowError, Report, RowReader, Words

_UNKNOWN_COHORT = Text(
    en="There is no cohort with this code. The list of cohorts has those there are.",
    id="Tidak ada tahap dengan kode ini. Lihat daftar tahap.",
)
_NOT_NOMINATING = Text(
    en="Regions are nominated only while the cohort is in one of these states: {states}.",
    id="Daerah hanya dicalonkan selama tahap berada pada salah satu keadaan ini: {states}.",
).format(states=", ".join(NOMINATING))
_REPEATED = Text(
    en="The file has this region and cohort more than once. Keep one of these rows.",
    id="Daerah dan tahap ini ada lebih dari sekali dalam berkas. Sisakan satu dari baris-baris ini.",
)


class _Seat(NamedTuple):
    """What a candidacy is about."""

    cohort_code: str
    region_code: str


class _Nomination(NamedTuple):
    """A row that nominates a region."""

    line: int
    seat: _Seat
    reason: str


class Candidacies:
    """The importer of candidacies. There are only so many seats, so all nominations fit in memory."""

    schema: ClassVar[type[Schema]] = CandidacyRow
    fields: ClassVar[Fields] = Fields(
        {**PLACE, "cohort_code": "cohort, tahap, kode tahap", "reason": "alasan"}, silent=SILENT
    )
    words: ClassVar[Words] = {}

    def __init__(
        self, writing: Writing, reader: RowReader[CandidacyRow], places: Places, visible_cohorts: set[str]
    ) -> None:
        self._writing = writing
        self._reader = reader
        self._places = places
        self._visible_cohorts = visible_cohorts
        self._cohorts: dict[str, Cohort] = {}
        self._first: dict[_Seat, _Nomination] = {}
        self._again: dict[_Seat, list[int]] = defaultdict(list)

    @classmethod
    async def open(cls, writing: Writing, reader: RowReader[CandidacyRow], _import_id: uuid.UUID) -> Self:
        """Read what the rows will be held against."""
        kind, bound = reader_of(writing.principal)
        visible = await writing.session.scalars(select(Cohort.code).where(*COHORTS.where(kind, ())), bound)
        return cls(writing, reader, await load_places(writing.session), set(visible))

    def read(self, row: Row) -> _Nomination:
        """Return the nomination of a row; raise `RejectedRowError`."""
        read = self._reader.read(self._reader.cells(row))
        if read.cohort_code not in self._visible_cohorts:
            raise RejectedRowError(Fault("unknown_cohort", "cohort_code", _UNKNOWN_COHORT))
        return _Nomination(row.line, _Seat(read.cohort_code, self._places.code_of(read)), read.reason)

    async def add(self, nominations: Sequence[_Nomination]) -> None:
        """Take in nominations."""
        for nomination in nominations:
            if self._first.setdefault(nomination.seat, nomination) is not nomination:
                self._again[nomination.seat].append(nomination.line)

    async def finish(self, report: Report) -> Difference:
        """Reject what is there twice, comes too late or cannot stand, and tell how many candidacies will be new."""
        for seat, lines in self._again.items():
            lines.append(self._first.pop(seat).line)
        repeated = sorted(line for lines in self._again.values() for line in lines)
        report.reject_many(Fault("repeated_row", None, _REPEATED), repeated, len(repeated))
        # Locked in order, so that nobody nominates between this look and our commit.
        for code in sorted({seat.cohort_code for seat in self._first}):
            self._cohorts[code] = await lock_cohort(self._writing.session, code)
        standing = self._first.keys() & await self._standing()
        for seat in standing:
            del self._first[seat]
        late = [seat for seat in self._first if self._cohorts[seat.cohort_code].state not in NOMINATING]
        for seat in late:
            report.reject(self._first.pop(seat).line, [Fault("cohort_not_ready", "cohort_code", _NOT_NOMINATING)])
        unable = await unable_to_stand(self._writing.session, {seat.region_code for seat in self._first})
        for seat in [seat for seat in self._first if seat.region_code in unable]:
            report.reject(self._first.pop(seat).line, [Fault("cannot_stand", "region_code", CANNOT_STAND)])
        return Difference(created=len(self._first), updated=0, unchanged=len(standing))

    async def write(self) -> None:
        """Nominate, those of one cohort and reason together."""
        together: dict[tuple[str, str], list[str]] = defaultdict(list)
        for nomination in self._first.values():
            together[nomination.seat.cohort_code, nomination.reason].append(nomination.seat.region_code)
        for (cohort_code, reason), region_codes in together.items():
            cohort = self._cohorts[cohort_code]
            await nominate(self._writing.session, cohort, region_codes, reason=reason, actor=self._writing.principal.id)

    async def _standing(self) -> set[_Seat]:
        rows = await self._writing.session.execute(
            select(Candidacy.cohort_code, Candidacy.region_code).where(Candidacy.cohort_code.in_(self._cohorts))
        )
        return {_Seat(*row) for row in rows}
