"""Regions with their profiles, catalogues, indicators and imports."""

from dataclasses import dataclass

from tests.access.records import OWN_REGION
from tests.access.requests import NEVER, NOWHERE, Request, Requests
from tests.conftest import As

INDICATOR = {
    "code": "buses_on_time",
    "name_en": "Buses on time (example)",
    "name_id": "Bus tepat waktu (contoh)",
    "owner": "Dinas Perhubungan (contoh)",
    "unit": "percent",
    "direction": "higher",
    "levels": ["city"],
}
IMPORT = "/v1/imports?dataset=indicator-values&indicator=hdi&source=Made%20up&unit=index&quality=synthetic"
FILE = b"kode;tahun;nilai\n32.73;2020;3,5\n"
PROBLEM = {"title": "Queues (example)", "description": "A permit takes half a day.", "dimension": "governance"}


@dataclass(frozen=True)
class Reference:
    """A region, a catalogue, an indicator, and a file that was taken in."""

    region: str = "99.99"
    catalogue: str = NEVER
    indicator: str = NEVER
    imported: str = NOWHERE

    def requests(self) -> Requests:
        """Return a request for every operation of the topic."""
        region, indicator = f"/v1/regions/{self.region}", f"/v1/indicators/{self.indicator}"
        return {
            "list_regions": Request("/v1/regions"),
            "map_regions": Request("/v1/regions.geojson?province=31"),
            "get_region": Request(region),
            "update_region": Request(region, {"capital": "Bandung"}),
            "list_region_indicators": Request(f"{region}/indicators"),
            "get_profile": Request(f"{region}/profile"),
            "update_profile": Request(f"{region}/profile", {"problems": [PROBLEM]}),
            "list_region_timeline": Request(f"{region}/timeline"),
            "list_catalogues": Request("/v1/catalogues"),
            "get_catalogue": Request(f"/v1/catalogues/{self.catalogue}"),
            "list_indicators": Request("/v1/indicators"),
            "create_indicator": Request("/v1/indicators", INDICATOR),
            "get_indicator": Request(indicator),
            "update_indicator": Request(indicator, {"scale_max": 100}),
            "list_indicator_values": Request(f"{indicator}/values"),
            "list_imports": Request("/v1/imports"),
            "create_import": Request(IMPORT, content=FILE),
            "get_import": Request(f"/v1/imports/{self.imported}"),
        }


async def make(as_: As) -> Reference:
    """Take a file in; the other records are there from the start."""
    imported = await as_("administrator").post(IMPORT, content=FILE, headers={"Content-Type": "text/csv"})
    assert imported.status_code == 201, imported.text
    return Reference(OWN_REGION, "dimensions", "hdi", imported.json()["id"])
