"""That a secret which is said is found, whoever says it."""

from contextlib import ExitStack
from pathlib import Path

import pytest

from tests import services
from tests.conftest import secret_of
from tests.leaks import check_lines, secret_in
from tests.places import server_folder
from tests.services import in_a_process

KEY = secret_of("officer")
SECRETS = (KEY, f"whsec_{'a' * 40}=", "postgresql+asyncpg://seratus:0a1b@127.0.0.1:5432/seratus")
NO_SECRETS = (
    "srt_short",
    "whsec_",
    "postgresql://seratus@localhost/seratus",
    "postgresql://seratus:***@localhost/seratus",
)


def test_secrets_are_told_from_what_looks_like_them() -> None:
    assert all(secret_in(f'{{"event": "x", "said": "{secret}"}}') for secret in SECRETS)
    assert not any(secret_in(f'{{"event": "x", "said": "{text}"}}') for text in NO_SECRETS)


def test_the_first_key_is_told_in_words_of_its_own_and_no_others() -> None:
    check_lines([f"administrator key, shown this once: {KEY}"], "a start")
    with pytest.raises(AssertionError, match=r"a start: a secret was said: …administrator key \(again\): srt_officer_"):
        check_lines([f"administrator key (again): {KEY}"], "a start")


def test_what_a_process_says_is_searched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "COMMAND", "import sys; print(*sys.argv, file=sys.stderr)")
    with (
        pytest.raises(AssertionError, match=r"the process: a secret was said: .*srt_officer_"),
        in_a_process(tmp_path, does=KEY) as talkative,
    ):
        talkative.line(str(tmp_path))


def test_what_a_database_logs_is_searched() -> None:
    with ExitStack() as stack:
        folder = stack.enter_context(server_folder())
        (folder / "data").mkdir()
        (folder / "data" / "server.log").write_text("LOG:  starting\n")
        (folder / "data" / "server.log.1").write_text(f"STATEMENT:  SELECT '{KEY}'\n")
        with pytest.raises(AssertionError, match=r"server\.log\.1: a secret was said"):
            stack.close()
    assert not folder.exists()
