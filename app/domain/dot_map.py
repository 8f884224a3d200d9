"""The archipelago as dots: where a point lies on the map, and how large a region's share of the land is drawn.

Near the equator a plain projection (degrees as they are) distorts areas by less than two per cent.
"""

from math import pi, sqrt
from typing import NamedTuple

WEST, NORTH, EAST, SOUTH = 94.2, 6.6, 141.8, -11.6  # degrees, WGS 84
SCALE = 20  # units of the map to a degree
WIDTH, HEIGHT = (EAST - WEST) * SCALE, (NORTH - SOUTH) * SCALE
_KM_TO_A_DEGREE = 111.32
_OVERLAP = 1.15  # regions are no discs: drawn a little larger, neighbours touch
_SMALLEST = 1.4


class Point(NamedTuple):
    """A point of the map, in its units."""

    x: float
    y: float


class Dot(NamedTuple):
    """A disc on the map, in its units; y grows southward."""

    x: float
    y: float
    radius: float


def dot(latitude: float, longitude: float, area_km2: float) -> Dot:
    """Return the disc at a region's centroid (degrees) whose area is the region's, a little larger."""
    radius = sqrt(area_km2 / pi) / _KM_TO_A_DEGREE * SCALE * _OVERLAP
    return Dot(
        round((longitude - WEST) * SCALE, 1), round((NORTH - latitude) * SCALE, 1), max(round(radius, 1), _SMALLEST)
    )


# Where the name of an island group fits, in the sea beside it.
LABELS = {
    "sumatera": Point(96, 204),
    "jawa": Point(300, 312),
    "bali-nusa-tenggara": Point(408, 346),
    "kalimantan": Point(322, 76),
    "sulawesi": Point(538, 84),
    "maluku": Point(690, 236),
    "papua": Point(842, 118),
}
