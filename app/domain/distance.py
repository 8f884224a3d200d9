"""How far apart two places are."""

from dataclasses import dataclass
from decimal import Decimal
from math import asin, cos, radians, sin, sqrt

# Mean radius of the earth, R1 of the Geodetic Reference System 1980 (H. Moritz, Journal of Geodesy 74, 2000).
EARTH_RADIUS_KM = 6371.0088


@dataclass(frozen=True, slots=True)
class Place:
    """Degrees, WGS 84."""

    latitude: Decimal
    longitude: Decimal


def great_circle_km(a: Place, b: Place) -> int:
    """Measure the distance along the earth's surface, to the nearest km.

    The haversine formula (R. W. Sinnott, Virtues of the Haversine, Sky and Telescope 68, 1984), on a sphere: within
    0.6 % of the distance on the ellipsoid.
    """
    south, north = radians(a.latitude), radians(b.latitude)
    half = sin((north - south) / 2) ** 2
    half += cos(south) * cos(north) * sin((radians(b.longitude) - radians(a.longitude)) / 2) ** 2
    return round(2 * EARTH_RADIUS_KM * asin(min(1.0, sqrt(half))))
