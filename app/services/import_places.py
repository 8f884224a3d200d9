"""The region a row means, by code, by name, or by both where they agree."""

from collections.abc import Mapping
from functools import lru_cache

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.region_names import NamedRegion, RegionIndex, RegionNotResolvedError
from app.kernel.messages import Text
from app.kernel.rows import Fault
from app.models.regions import Region
from app.schemas.imports import PlacedRow
from app.services.import_rows import RejectedRowError, fault_of

# How files name what a row is about; see `Fields`. Codes of BPS are not codes of the Home Ministry.
PLACE: Mapping[str, str] = {
    "region_code": "kode, kode daerah, kode wilayah, kode kemendagri, kode kabupaten kota, kode kab kota, code, region",
    "region_name": "nama, nama daerah, daerah, nama wilayah, wilayah, kabupaten/kota, kab/kota, nama kabupaten kota, "
    "nama kab kota, pemda, nama pemda, pemerintah daerah, name",
    "kind": "jenis, jenis daerah, tingkat",
    "province_code": "kode provinsi, kode prov",
    "province_name": "provinsi, nama provinsi, prov, nama prov, province",
}
_REMEMBERED = 4_096  # places; a file names the same few hundred again and again
_CONTRADICTION = Text(
    en="Code and name mean different regions. Correct one of them.",
    id="Kode dan nama menunjuk daerah yang berbeda. Perbaiki salah satunya.",
)
_NO_REGION = Text(
    en="The row names no region. Add a column with its Home Ministry code, or with its name, kind and province.",
    id="Baris ini tidak menyebut daerah. Tambahkan kolom kode Kemendagri, atau nama, jenis, dan provinsinya.",
)


class Places:
    """Finds the region of a row. Make one per file."""

    def __init__(self, regions: list[NamedRegion]) -> None:
        self._index = RegionIndex(regions)
        self._remembered = lru_cache(_REMEMBERED)(self._find)
        self.kinds = {region.code: region.kind for region in regions}

    def code_of(self, row: PlacedRow) -> str:
        """Return the code of the region; raise `RejectedRowError` when the row means none or several."""
        return self._remembered(row.region_code, row.region_name, row.kind, row.province_code, row.province_name)

    def province(self, text: str, field: str) -> str:
        """Return the code of a province by its code or name; raise `RejectedRowError`."""
        return self._resolve(text, field, "province", None)

    def _find(
        self, code: str | None, name: str | None, kind: str | None, province_code: str | None, province_name: str | None
    ) -> str:
        province = self._both(province_code, province_name, "province", kind="province", province=None)
        found = self._both(code, name, "region", kind=kind, province=province)
        if found is None and province is not None:
            # A file of provinces names nothing else.
            found = self._both(province, None, "region", kind=kind, province=None)
        if found is None:
            raise RejectedRowError(Fault("required", "region_code", _NO_REGION))
        return found

    def _both(
        self, code: str | None, name: str | None, what: str, *, kind: str | None, province: str | None
    ) -> str | None:
        """Resolve a code, else a name; with both, they must not contradict each other."""
        if code is None:
            return None if name is None else self._resolve(name, f"{what}_name", kind, province)
        found = self._resolve(code, f"{what}_code", kind, province)
        if name is not None:
            meant = self._index.meanings(name, kind=kind, province=province)
            # A name that nobody knows contradicts nothing: the code identifies, and files spell names in many ways.
            if meant and found not in meant:
                raise RejectedRowError(Fault("contradictory_region", f"{what}_name", _CONTRADICTION))
        return found

    def _resolve(self, text: str, field: str, kind: str | None, province: str | None) -> str:
        try:
            return self._index.resolve(text, kind=kind, province=province)
        except RegionNotResolvedError as error:
            raise RejectedRowError(
                fault_of(error.reason, "kind" if error.reason.code == "unknown_kind" else field)
            ) from None


async def load_places(session: AsyncSession) -> Places:
    """Read all regions; there are some hundreds."""
    called = (Region.code, Region.name, Region.kind, Region.province_code, Region.aliases)
    rows = await session.execute(select(*called, Region.valid_to.is_not(None)))
    return Places([NamedRegion(*row) for row in rows])
