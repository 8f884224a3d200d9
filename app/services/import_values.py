"""Importing `indicator-values`: each row one value of one indicator, for one region and year."""

import uuid
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any, ClassVar, NamedTuple, Self

from sqlalchemy import select

from app.kernel.bodies import Schema
from app.kernel.bulk import Difference, Stage, Target
from app.kernel.db import driver_connection
from app.kernel.messages import Text
from app.kernel.rows import Fault, Fields, Row
from app.kernel.writing import Writing, new_id
from app.models.indicators import Indicator, IndicatorValue
from app.schemas.imports import ValueRow
from app.services.calendars import furthest_day
from app.services.import_places import PLACE, Places, load_places
from app.services.import_rows import LINES_LISTED, SILENT, RejectedRowError, Report, RowReader, Words

_TARGET = Target(
    table=IndicatorValue.__tablename__,
    key=("indicator_code", "region_code", "year"),
    compared=("value", "unit", "source", "instrument", "quality", "category"),
    fresh=("id",),
    stamped=("import_id",),
)
_UNKNOWN_INDICATOR = Text(
    en="There is no indicator with this code. The list of indicators has those there are.",
    id="Tidak ada indikator dengan kode ini. Lihat daftar indikator.",
)
_WRONG_LEVEL = Text(
    en="The indicator is not measured for regions of this kind, only for: {levels}.",
    id="Indikator ini tidak diukur untuk jenis daerah ini, hanya untuk: {levels}.",
)
_OUTSIDE_SCALE = Text(
    en="The value is outside the scale of the indicator, {low} to {high}.",
    id="Nilai di luar skala indikator, {low} sampai {high}.",
)
_AHEAD = Text(
    en="Nothing official is measured of a year that has not begun. Correct the year; a projection counts as derived.",
    id="Belum ada angka resmi untuk tahun yang belum mulai. Perbaiki tahunnya; proyeksi dihitung sebagai turunan.",
)
_REPEATED = Text(
    en="The file has this region, indicator and year more than once. Keep one of these rows.",
    id="Daerah, indikator, dan tahun ini ada lebih dari sekali dalam berkas. Sisakan satu dari baris-baris ini.",
)


class _Measured(NamedTuple):
    """What of an indicator its values must agree with."""

    code: str
    unit: str
    levels: Sequence[str]
    scale_min: Decimal | None
    scale_max: Decimal | None


class Values:
    """The importer of indicator values."""

    schema: ClassVar[type[Schema]] = ValueRow
    fields: ClassVar[Fields] = Fields(
        {
            **PLACE,
            "indicator_code": "indikator, kode indikator, indicator",
            "year": "tahun",
            "value": "nilai, skor, indeks, score, index",
            "unit": "satuan",
            "source": "sumber, sumber data",
            "instrument": "dasar hukum, peraturan, regulasi",
            "quality": "kualitas, mutu",
            "category": "kategori, kelas",
        },
        silent=SILENT,
    )
    words: ClassVar[Words] = {"quality": {"resmi": "official", "turunan": "derived", "sintetis": "synthetic"}}

    def __init__(
        self, stage: Stage, reader: RowReader[ValueRow], places: Places, measured: list[_Measured], import_id: uuid.UUID
    ) -> None:
        self._stage = stage
        self._reader = reader
        self._places = places
        self._measured = {indicator.code: indicator for indicator in measured}
        self._import_id = import_id

    @classmethod
    async def open(cls, writing: Writing, reader: RowReader[ValueRow], import_id: uuid.UUID) -> Self:
        """Read what the rows will be held against."""
        indicators = await writing.session.execute(
            select(Indicator.code, Indicator.unit, Indicator.levels, Indicator.scale_min, Indicator.scale_max)
        )
        places = await load_places(writing.session)
        stage = await Stage.open(await driver_connection(writing.session), _TARGET)
        return cls(stage, reader, places, [_Measured(*row) for row in indicators], import_id)

    def read(self, row: Row) -> tuple[Any, ...]:
        """Return the record of a row; raise `RejectedRowError`."""
        cells = self._reader.cells(row)
        indicator = self._measured.get(str(cells.get("indicator_code", "")))
        usual_unit = "" if indicator is None else indicator.unit
        read = self._reader.read(cells, unit=str(cells.get("unit") or usual_unit))
        if indicator is None:
            raise RejectedRowError(Fault("unknown_indicator", "indicator_code", _UNKNOWN_INDICATOR))
        region_code = self._places.code_of(read)
        faults = list(_faults(indicator, self._places.kinds[region_code], read))
        if faults:
            raise RejectedRowError(*faults)
        unit = read.unit or indicator.unit
        facts = (read.value, unit, read.source, read.instrument, read.quality, read.category)
        return (row.line, indicator.code, region_code, read.year, *facts, new_id(), self._import_id)

    async def add(self, records: Sequence[tuple[Any, ...]]) -> None:
        """Take in records."""
        await self._stage.add(records)

    async def finish(self, report: Report) -> Difference:
        """Reject what is there twice, and tell what the others would change."""
        count, lines = await self._stage.drop_repeated(LINES_LISTED)
        report.reject_many(Fault("repeated_row", None, _REPEATED), lines, count)
        return await self._stage.compare()

    async def write(self) -> None:
        """Write the values that differ."""
        await self._stage.write()


def _faults(indicator: _Measured, kind: str, read: ValueRow) -> Iterator[Fault]:
    """Yield what contradicts the indicator, or the calendar."""
    if read.quality == "official" and read.year > furthest_day().year:
        yield Fault("year_ahead", "year", _AHEAD)
    if kind not in indicator.levels:
        yield Fault("wrong_level", "region_code", _WRONG_LEVEL.format(levels=", ".join(indicator.levels)))
    low, high = indicator.scale_min, indicator.scale_max
    if (low is not None and read.value < low) or (high is not None and read.value > high):
        ends = {"low": "…" if low is None else f"{low:f}", "high": "…" if high is None else f"{high:f}"}
        yield Fault("outside_scale", "value", _OUTSIDE_SCALE.format(**ends))
