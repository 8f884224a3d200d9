"""What a dataset is: a list of the service as a whole, with its permission, its filters and its visibility."""

from dataclasses import dataclass

from app.domain.permissions import Permission
from app.kernel.exports import ExportQuery
from app.kernel.formats import MEDIA_TYPES
from app.kernel.messages import Text
from app.kernel.projection import Projection
from app.schemas.exports import DatasetRead, FilterRead

PATH = "/v1/exports"


@dataclass(frozen=True)
class Dataset:
    """One of them; its name is its projection's. Most can be followed in `/v1/changes`."""

    projection: Projection
    permission: Permission
    query: type[ExportQuery]
    title: Text
    description: str
    followed: bool = True

    @property
    def name(self) -> str:
        """Return the name by which it is asked for."""
        return self.projection.name

    @property
    def key(self) -> tuple[str, ...]:
        """Return the fields whose values, joined by slashes, are the key of a row."""
        if self.projection.told_as is not None:
            return "code", "edition"
        return (str(self.projection.key.key),)

    @property
    def filters(self) -> list[str]:
        """Return the names of its filters."""
        return [name for name in self.query.model_fields if name not in ExportQuery.model_fields]

    def described(self) -> DatasetRead:
        """Return what is told of it."""
        fields = self.query.model_fields
        return DatasetRead(
            name=self.name,
            path=f"{PATH}/{self.name}",
            title_en=self.title.en,
            title_id=self.title.id,
            description=self.description,
            formats=list(MEDIA_TYPES),
            filters=[FilterRead(name=name, description=fields[name].description) for name in self.filters],
        )
