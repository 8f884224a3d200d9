"""Rules that hold for each of very many: one test to a rule, which names all that break it."""

import inspect
from collections.abc import Awaitable, Callable, Iterable
from functools import wraps
from typing import Any


def for_each(names: Iterable[str]) -> Callable[[Callable[..., Any]], Callable[..., Awaitable[None]]]:
    """Run the test for every name, as its argument `name`, and tell of all that fail."""
    every = list(names)
    assert every, "a rule for nothing"

    def over_all(test: Callable[..., Any]) -> Callable[..., Awaitable[None]]:
        @wraps(test)
        async def sweep(**fixtures: Any) -> None:
            broken = []
            for name in every:
                try:
                    done = test(name=name, **fixtures)
                    if inspect.isawaitable(done):
                        await done
                except Exception as error:  # noqa: BLE001 - whatever it is, it is told with the others
                    error.add_note(f"of {name}")
                    broken.append(error)
            if broken:
                raise ExceptionGroup(test.__name__, broken)

        signature = inspect.signature(test)
        wanted = [parameter for parameter in signature.parameters.values() if parameter.name != "name"]
        sweep.__signature__ = signature.replace(parameters=wanted)  # type: ignore[attr-defined]  # pytest looks here
        return sweep

    return over_all
