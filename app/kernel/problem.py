"""What every problem is: a code, a status, a title and help in two languages. The kinds of them are in `problems`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar

from app.kernel.messages import Text

MEDIA_TYPE = "application/problem+json"
ERRORS_LISTED = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldError:
    """One fault of the input: at a JSON pointer into the body, or at a parameter (query or header) by name."""

    code: str
    message: Text
    pointer: str | None = None
    parameter: str | None = None


class Problem(Exception):  # noqa: N818 - what happened is raised under its own name
    """A refusal. `detail` replaces the help where there is more to say; `members` are added to the document.

    A subclass without a code of its own, or with one that is taken, is refused when it is defined.
    """

    code: ClassVar[str]
    status: ClassVar[int]
    title: ClassVar[Text]
    help: ClassVar[Text]
    known: ClassVar[dict[str, type["Problem"]]] = {}
    headers: Mapping[str, str] = MappingProxyType({})

    def __init__(
        self,
        detail: Text | None = None,
        *,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
        **members: Any,
    ) -> None:
        super().__init__(self.code)
        self.detail = detail or self.help
        self.errors = errors
        self.members = members
        if headers:
            self.headers = {**self.headers, **headers}

    def __init_subclass__(cls) -> None:
        """Register the subclass by its code."""
        super().__init_subclass__()
        own = vars(cls).get("code")
        if own is None or cls.known.setdefault(own, cls) is not cls:
            raise TypeError(f"{cls.__name__} needs a code that no other problem has")

    @classmethod
    def path(cls) -> str:
        """Return the path of the page that explains this problem."""
        return f"/problems/{cls.code.replace('_', '-')}"
