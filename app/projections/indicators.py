"""What everyone sees of indicators and their values."""

from app.kernel.filters import at_least, below, contains, equals, one_of
from app.kernel.projection import Projection, columns_of
from app.models.indicators import Indicator, IndicatorValue
from app.models.regions import Region
from app.schemas.indicators import IndicatorRead, IndicatorValueRead

_indicators = Indicator.__table__
_values = IndicatorValue.__table__
_regions = Region.__table__

INDICATORS = Projection(
    name="indicators",
    schema=IndicatorRead,
    source=_indicators,
    columns=columns_of(IndicatorRead, _indicators),
    key=_indicators.c.code,
    sorts={"code": _indicators.c.code},
    filters={
        "code": equals(_indicators.c.code),
        "q": contains(_indicators.c.name_en, _indicators.c.name_id),
        "direction": equals(_indicators.c.direction),
    },
)

INDICATOR_VALUES = Projection(
    name="indicator-values",
    schema=IndicatorValueRead,
    source=_values.join(_regions, _regions.c.code == _values.c.region_code),
    columns=columns_of(IndicatorValueRead, _values),
    key=_values.c.id,
    sorts={"year": _values.c.year, "value": _values.c.value},
    filters={
        "id": equals(_values.c.id),
        "indicator": equals(_values.c.indicator_code),
        "indicator_in": one_of(_values.c.indicator_code),
        "region": equals(_values.c.region_code),
        "province": equals(_regions.c.province_code),
        "kind": equals(_regions.c.kind),
        "year": equals(_values.c.year),
        "year_gte": at_least(_values.c.year),
        "year_lt": below(_values.c.year),
        "quality": equals(_values.c.quality),
    },
)
