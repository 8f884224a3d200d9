"""The way in ends as a shell expects it, also before anything is loaded."""

import sys
from types import ModuleType

import pytest

from app.__main__ import main


@pytest.mark.parametrize("loaded", [True, False])
def test_an_interruption_is_no_failure_to_explain(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *, loaded: bool
) -> None:
    class Interrupted(ModuleType):
        def __getattr__(self, _name: str) -> object:
            if loaded:
                return self.interrupt
            raise KeyboardInterrupt

        def interrupt(self) -> None:
            raise KeyboardInterrupt

    monkeypatch.setitem(sys.modules, "app.cli", Interrupted("app.cli"))
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 130
    assert capsys.readouterr() == ("", "")
