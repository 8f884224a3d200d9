"""What everyone sees of regions and their profiles."""

from sqlalchemy import func, literal

from app.kernel.filters import at_least, below, contains, equals, one_of
from app.kernel.projection import Projection, columns_of
from app.models.regions import Region, RegionProfile
from app.schemas.regions import ProfileRead, RegionFeature, RegionRead

_regions = Region.__table__
_profiles = RegionProfile.__table__

REGIONS = Projection(
    name="regions",
    schema=RegionRead,
    source=_regions,
    columns=columns_of(RegionRead, _regions),
    key=_regions.c.code,
    sorts={"code": _regions.c.code, "name": _regions.c.name, "population": _regions.c.population},
    filters={
        "code": equals(_regions.c.code),
        "region": equals(_regions.c.code),  # among what belongs to it is the region itself
        "q": contains(_regions.c.name, _regions.c.aliases),
        "kind": equals(_regions.c.kind),
        "kind_in": one_of(_regions.c.kind),
        "province": equals(_regions.c.province_code),
        "island_group": equals(_regions.c.island_group),
        "own_budget": equals(_regions.c.own_budget),
        "population_gte": at_least(_regions.c.population),
        "population_lt": below(_regions.c.population),
    },
)

REGION_FEATURES = Projection(
    name="region-features",
    schema=RegionFeature,
    source=_regions,
    columns={
        "type": literal("Feature"),
        "id": _regions.c.code,
        "geometry": func.json_build_object(
            "type", "Point", "coordinates", func.json_build_array(_regions.c.longitude, _regions.c.latitude)
        ),
        "properties": func.json_build_object(
            *(
                part
                for name in ("name", "kind", "province_code", "island_group", "population")
                for part in (name, _regions.c[name])
            )
        ),
    },
    key=_regions.c.code,
    sorts=REGIONS.sorts,
    filters=REGIONS.filters,
)

PROFILES = Projection(
    name="region-profiles",
    schema=ProfileRead,
    source=_profiles.join(_regions, _regions.c.code == _profiles.c.region_code),
    columns=columns_of(ProfileRead, _profiles),
    key=_profiles.c.region_code,
    sorts={"region_code": _profiles.c.region_code},
    filters={"region": equals(_profiles.c.region_code), "province": equals(_regions.c.province_code)},
)
