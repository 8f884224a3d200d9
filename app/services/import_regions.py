"""Importing `regions`: official files create regions, and correct those there are column by column."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, Self

from sqlalchemy import select, text

from app.domain.region_names import KIND_WORDS, told_kind
from app.kernel.bodies import Schema
from app.kernel.bulk import Difference, Stage, Target
from app.kernel.db import driver_connection
from app.kernel.messages import Text
from app.kernel.rows import Fault, Fields, Row
from app.kernel.writing import Writing
from app.models.regions import Region
from app.schemas.imports import RegionRow
from app.services.import_places import Places, load_places
from app.services.import_rows import LINES_LISTED, SILENT, RejectedRowError, Report, RowReader, Words

_PROVINCE_DIGITS = 2
_FULL_LENGTH = len("32.73")
_COLUMNS = tuple(name for name in RegionRow.model_fields if name != "code")
_TARGET = Target(table=Region.__tablename__, key=("code",), compared=_COLUMNS)
_ADD_PROFILES = text(
    "INSERT INTO region_profiles (region_code) SELECT code FROM regions "
    "WHERE NOT EXISTS (SELECT FROM region_profiles WHERE region_code = regions.code)"
)
_KIND_OF_CODE = Text(
    en="A province has a code of two digits and no province; a regency or city has one such as 32.73.",
    id="Provinsi berkode dua digit dan tanpa provinsi induk; kabupaten atau kota berkode seperti 32.73.",
)
_KIND_OF_NAME = Text(
    en="The name is that of another kind of region. Correct the kind, or write the official name with its kind.",
    id="Nama ini menyebut jenis daerah lain. Perbaiki jenisnya, atau tulis nama resmi beserta jenisnya.",
)
_OTHER_ISLAND = Text(
    en="The province lies in another island group. All of a province is in one; correct the row.",
    id="Provinsinya berada pada kelompok pulau lain. Satu provinsi hanya pada satu kelompok; perbaiki barisnya.",
)
_OTHER_PROVINCE = Text(
    en="The code does not begin with that of the province.", id="Kode daerah tidak diawali kode provinsinya."
)
_UNKNOWN_PROVINCE = Text(
    en="There is no such province. Add it to the file, on a line before this one.",
    id="Provinsi ini tidak ada. Tambahkan ke berkas, pada baris sebelum baris ini.",
)
_BACKWARDS = Text(en="The end comes after the start.", id="Akhir harus sesudah awal.")
_REPEATED = Text(
    en="The file has this region more than once. Keep one of these rows.",
    id="Daerah ini ada lebih dari sekali dalam berkas. Sisakan satu dari baris-baris ini.",
)


class Regions:
    """The importer of regions."""

    schema: ClassVar[type[Schema]] = RegionRow
    fields: ClassVar[Fields] = Fields(
        {
            "code": "kode, kode daerah, kode wilayah, kode kemendagri, region_code",
            "name": "nama, nama daerah, nama wilayah, kabupaten/kota",
            "kind": "jenis, jenis daerah, tingkat",
            "province_code": "kode provinsi, provinsi, nama provinsi, province",
            "island_group": "pulau, kelompok pulau, gugus pulau",
            "capital": "ibu kota",
            "latitude": "lintang, lat",
            "longitude": "bujur, lon, long",
            "population": "penduduk, jumlah penduduk",
            "population_year": "tahun penduduk",
            "area_km2": "luas, luas km2, luas wilayah, luas wilayah km2",
            "time_zone": "zona waktu",
            "own_budget": "anggaran sendiri, apbd sendiri",
            "aliases": "alias, nama lain",
            "valid_from": "berlaku sejak, berlaku mulai",
            "valid_to": "berlaku sampai",
        },
        silent=SILENT,
    )
    words: ClassVar[Words] = {
        "kind": KIND_WORDS,
        "island_group": {"bali dan nusa tenggara": "bali-nusa-tenggara", "bali nusa tenggara": "bali-nusa-tenggara"},
        "time_zone": {"wib": "Asia/Jakarta", "wita": "Asia/Makassar", "wit": "Asia/Jayapura"},
    }

    def __init__(
        self, writing: Writing, stage: Stage, reader: RowReader[RegionRow], places: Places, stored: Mapping[str, Any]
    ) -> None:
        self._writing = writing
        self._stage = stage
        self._reader = reader
        self._places = places
        self._stored = stored
        self._provinces = {code for code, kind in places.kinds.items() if kind == "province"}
        # That of a province in the end: one that is stored keeps its own, a new one brings it in a row before the rest.
        self._islands = {code: region["island_group"] for code, region in stored.items()}

    @classmethod
    async def open(cls, writing: Writing, reader: RowReader[RegionRow], _import_id: uuid.UUID) -> Self:
        """Read the regions there are."""
        columns = [getattr(Region, name) for name in RegionRow.model_fields]
        stored = {row.code: row._asdict() for row in await writing.session.execute(select(*columns))}
        places = await load_places(writing.session)
        stage = await Stage.open(await driver_connection(writing.session), _TARGET)
        return cls(writing, stage, reader, places, stored)

    def read(self, row: Row) -> tuple[Any, ...]:
        """Return the record of a row, columns that the file lacks as they are stored; raise `RejectedRowError`."""
        cells = self._reader.cells(row)
        code = str(cells.get("code", ""))
        if len(code) == _PROVINCE_DIGITS:
            self._provinces.add(code)
        province = str(cells.get("province_code", ""))
        if province and province not in self._provinces and not province.isdigit():
            cells["province_code"] = self._places.province(province, "province_code")
        elif not province and len(code) == _FULL_LENGTH:
            cells["province_code"] = code[:_PROVINCE_DIGITS]
        region = self._renamed(self._reader.read(cells, self._stored.get(code)))
        self._islands.setdefault(region.code, region.island_group)
        faults = list(self._faults(region))
        if faults:
            raise RejectedRowError(*faults)
        return (row.line, *region.model_dump().values())

    async def add(self, records: Sequence[tuple[Any, ...]]) -> None:
        """Take in records."""
        await self._stage.add(records)

    async def finish(self, report: Report) -> Difference:
        """Reject what is there twice, and tell what the others would change."""
        count, lines = await self._stage.drop_repeated(LINES_LISTED)
        report.reject_many(Fault("repeated_row", "code", _REPEATED), lines, count)
        return await self._stage.compare()

    async def write(self) -> None:
        """Write the regions that differ; a new one gets its empty profile."""
        await self._stage.write()
        await self._writing.session.execute(_ADD_PROFILES)

    def _renamed(self, region: RegionRow) -> RegionRow:
        """Keep the old name of a region that has another now: files go on using it, and it may look like another's."""
        old = self._stored.get(region.code, {}).get("name", region.name)
        if old == region.name:
            return region
        others = [alias for alias in region.aliases if alias not in {old, region.name}]
        return region.model_copy(update={"aliases": [*others, old]})

    def _faults(self, region: RegionRow) -> Iterator[Fault]:
        province = region.code[:_PROVINCE_DIGITS]
        if (region.kind == "province") != (region.code == province) or (
            (region.kind == "province") != (region.province_code is None)
        ):
            yield Fault("contradictory_kind", "kind", _KIND_OF_CODE)
        elif region.province_code not in {None, province}:
            yield Fault("contradictory_province", "province_code", _OTHER_PROVINCE)
        elif province not in self._provinces:
            yield Fault("unknown_province", "province_code", _UNKNOWN_PROVINCE)
        if told_kind(region.name) not in {None, region.kind}:
            yield Fault("contradictory_name", "name", _KIND_OF_NAME)
        if region.island_group != self._islands.get(province, region.island_group):
            yield Fault("contradictory_island", "island_group", _OTHER_ISLAND)
        if region.valid_from and region.valid_to and region.valid_to <= region.valid_from:
            yield Fault("out_of_range", "valid_to", _BACKWARDS)
