"""In which order modules are tested, and which of them by one worker."""

import pytest
from xdist.scheduler import LoadFileScheduling  # type: ignore[import-untyped]  # xdist publishes no types

# What takes long is begun first, the longest before all, so that no worker is left alone with it at the end.
LONG = (
    "tests/test_examples.py",  # they record what test_access.py adds to
    "tests/test_access.py",
    "tests/test_access_lists.py",
    "tests/test_demo.py",
    "tests/test_serve.py",
    "tests/routers/test_exports_cut_short.py",
    "tests/test_sync.py",
    "tests/routers/test_reviews_blind.py",
    "tests/test_downloads.py",
    "tests/test_cli.py",
    "tests/test_worker.py",
    "tests/test_workers.py",
    "tests/test_dockerfile.py",
    "tests/test_migrations.py",
    "tests/kernel/test_embedded.py",
)
# What takes seconds to prepare is shared by these, which therefore go to one worker.
SHARING = dict.fromkeys(("tests/test_examples.py", "tests/test_access_lists.py"), "tests/test_access.py")


def put_long_ones_first(items: list[pytest.Item]) -> None:
    """Sort the tests so that those in the modules of `LONG` come first."""
    place = {name: number for number, name in enumerate(LONG)}
    items.sort(key=lambda item: place.get(item.nodeid.partition("::")[0], len(LONG)))


class ModuleScheduling(LoadFileScheduling):  # type: ignore[misc]  # xdist publishes no types
    """Hands out whole modules, so that what one prepares is prepared once; those of `SHARING` together."""

    def _split_scope(self, nodeid: str) -> str:
        module: str = super()._split_scope(nodeid)
        return SHARING.get(module, module)
