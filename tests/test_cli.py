"""The command line: what it does against a running service, and that each failure is one line and an exit code."""

import asyncio
import http.server
import io
import json
import os
import signal
import socket
import sys
import threading
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from sqlalchemy.engine import make_url

from app import cli
from app.commands import console
from app.config import PREFIX
from app.kernel import serving
from tests.conftest import cloned_database, document, secret_of
from tests.databases import as_owner, owners_address
from tests.services import in_a_process

VALUES = """Kode;Nilai
32.73;3,48
35.78;4,1
33.74;3
"""
LACKING = [
    part
    for pair in ("indicator=government_performance_score", "unit=score", "source=test", "quality=synthetic")
    for part in ("--set", pair)
]


class Ended(NamedTuple):
    """What a command leaves behind."""

    code: int
    out: str
    err: str


Command = Callable[..., Ended]


@pytest.fixture
def seratus(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Command]:
    """Run a command in this process, with no settings but those given."""
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        monkeypatch.delenv(name)
    before = signal.getsignal(signal.SIGTERM)

    def run(*arguments: str | Path, **settings: str) -> Ended:
        with monkeypatch.context() as patch:
            for name, value in settings.items():
                patch.setenv(f"{PREFIX}{name}", value)
            patch.setattr(sys, "argv", ["seratus", *map(str, arguments)])
            with pytest.raises(SystemExit) as end:
                cli.main()
        code = end.value.code or 0
        assert isinstance(code, int)
        return Ended(code, *capsys.readouterr())

    yield run
    signal.signal(signal.SIGTERM, before)


@pytest.fixture(scope="module")
async def database_url() -> AsyncIterator[str]:
    async with cloned_database(f"cli_{uuid.uuid4().hex}") as url:
        yield url


@pytest.fixture(scope="module")
def service(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give the address of a running service."""
    with in_a_process(tmp_path_factory.getbasetemp(), DATABASE_URL=database_url, WORKER="false") as process:
        yield process.address


@pytest.fixture
def as_administrator(service: str) -> dict[str, str]:
    return {"URL": service, "KEY": secret_of("administrator")}


def check_one_line(ended: Ended, *parts: str) -> None:
    """See that a command failed with nothing but one line, which has all the parts."""
    assert ended.code > 0
    assert ended.out == ""
    assert ended.err.startswith("seratus: ")
    assert ended.err.count("\n") == 1
    assert all(part in ended.err for part in parts), ended.err


# --- failures


@pytest.mark.parametrize(
    ("settings", "parts"),
    [
        ({"PORT": "eighty"}, ["SERATUS_PORT", "integer"]),
        ({"WORKERS": "0"}, ["SERATUS_WORKERS", "greater than or equal to 1"]),
        ({"DATABSE_URL": "postgresql://a@b/c"}, ["SERATUS_DATABSE_URL", "did you mean SERATUS_DATABASE_URL?"]),
        ({"DATABASE_URL": "mysql://a@b/c"}, ["SERATUS_DATABASE_URL", "postgresql://"]),
        ({"DATABASE_URL": "postgresql://a@b/c?sslmod=require"}, ["SERATUS_DATABASE_URL", "sslmod;", "sslmode"]),
        ({"OWNER_URL": "postgresql://a@b/c"}, ["SERATUS_OWNER_URL", "without SERATUS_DATABASE_URL"]),
        ({"DATA_DIR": ""}, ["SERATUS_DATA_DIR", "folder"]),
        ({"BOOTSTRAP_KEY": "short"}, ["SERATUS_BOOTSTRAP_KEY", "srt_"]),
        ({"HOST": "no.such.host.invalid"}, ["SERATUS_HOST", "no.such.host.invalid"]),
    ],
)
def test_a_wrong_setting_stops_the_start(seratus: Command, settings: dict[str, str], parts: list[str]) -> None:
    check_one_line(seratus("serve", **settings), *parts)


def test_spans_that_have_nowhere_to_go_stop_the_start(seratus: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4317")
    check_one_line(seratus("serve"), "OTEL_EXPORTER_OTLP_ENDPOINT", "http://")


def test_a_taken_port_stops_the_start_before_the_database(seratus: Command, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        check_one_line(seratus("serve", PORT=port, DATA_DIR=str(tmp_path / "data")), f"port {port}", "SERATUS_PORT")
    assert not (tmp_path / "data").exists()


def test_a_database_out_of_reach_is_told(seratus: Command, database_url: str) -> None:
    url = make_url(database_url)
    wrong = {
        "password authentication failed": url.set(password="guessed"),  # noqa: S106 - a wrong one
        'database "nowhere" does not exist': url.set(database="nowhere"),
        "No such file": url.update_query_dict({"host": "/nowhere"}),
    }
    for told, address in wrong.items():
        ended = seratus("migrate", DATABASE_URL=address.render_as_string(hide_password=False))
        check_one_line(ended, "the database cannot be used", told)


def test_a_log_too_far_ahead_of_its_server_is_told(
    seratus: Command, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.kernel.restored._NEXT", "SELECT '-1000000000'")
    check_one_line(seratus("migrate", DATABASE_URL=database_url), "pg_resetwal", "--next-transaction-id")


def test_a_service_out_of_reach_is_told(seratus: Command) -> None:
    with socket.socket() as taken:  # bound, so that nobody else listens there
        taken.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{taken.getsockname()[1]}"
        check_one_line(seratus("export", "regions", URL=address), address, "is the service running there?")
    check_one_line(seratus("export", "regions", URL="here"), "here")
    check_one_line(seratus("export", "regions", URL="http://[::1"), "http://host:port")


def test_another_service_there_is_told(seratus: Command) -> None:
    class Other(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"<p>Hello!</p>")

        def log_message(self, *_: Any) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Other) as other:
        threading.Thread(target=other.handle_request).start()
        ended = seratus("export", "regions", URL=f"http://127.0.0.1:{other.server_port}")
    check_one_line(ended, "not from Seratus")


def test_a_wrong_key_is_told(seratus: Command, service: str) -> None:
    for key in ("srt_wrong", "no key at all"):
        check_one_line(seratus("keys", "list", URL=service, KEY=key), "401")
    check_one_line(seratus("keys", "list", URL=service, KEY="srt_é"), "SERATUS_KEY")
    check_one_line(seratus("keys", "list", URL=service, KEY=secret_of("officer")), "403")
    check_one_line(seratus("demo", "--url", service), "401")


def test_a_wrong_call_is_told(seratus: Command, tmp_path: Path) -> None:
    check_one_line(seratus("keys", "list"), "--key")
    check_one_line(seratus("keys", "create", "x", "emperor", KEY="srt_x"), "emperor")
    check_one_line(seratus("export", "regoins"), "regoins", "candidacies")
    check_one_line(seratus("export", "regions", "--format", "xlsx"), "xlsx", "ndjson")
    check_one_line(seratus("export", "regions", "--to", ""), "--to", "empty")
    check_one_line(seratus("import", tmp_path / "none.csv", "--dataset", "regions", KEY="srt_x"), "none.csv")
    check_one_line(seratus("surf"), "surf")
    (tmp_path / "table.xlsx").touch()
    check_one_line(seratus("import", tmp_path / "table.xlsx", "--dataset", "regions", KEY="srt_x"), ".csv")
    ended = seratus("import", tmp_path / "table.xlsx", "--dataset", "regions", "--set", "2024", KEY="srt_x")
    check_one_line(ended, "--set 2024", "name=value")


def test_nothing_is_done_whose_outcome_would_be_lost(
    seratus: Command, as_administrator: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", None)
        check_one_line(seratus("keys", "create", "Lost", "auditor", **as_administrator), "standard output is closed")
    assert "Lost" not in seratus("keys", "list", **as_administrator).out


def test_what_a_command_can_do_is_told_without_one(seratus: Command) -> None:
    for arguments, code in {(): 2, ("keys",): 2, ("audit",): 2, ("--help",): 0}.items():
        ended = seratus(*arguments)
        assert (ended.code, ended.err) == (code, "")
        assert "Usage: seratus" in ended.out


# --- what they do


def test_keys_are_issued_listed_and_revoked(seratus: Command, service: str, as_administrator: dict[str, str]) -> None:
    issued = seratus("keys", "create", "A steward", "data_steward", "--days", "2", **as_administrator)
    key = issued.out.removesuffix("\n")
    assert key.startswith("srt_")
    assert (issued.code, issued.err, key.split()) == (0, "", [key])
    (row,) = [line for line in seratus("keys", "list", **as_administrator).out.splitlines() if "A steward" in line]
    assert key not in row
    assert key[-4:] in row
    assert "data_steward" in row
    assert seratus("export", "cohorts", URL=service, KEY=key).code == 0
    assert seratus("keys", "revoke", row.split()[-1], **as_administrator) == Ended(0, "revoked\n", "")
    check_one_line(seratus("export", "cohorts", URL=service, KEY=key), "401")
    (row,) = [line for line in seratus("keys", "list", **as_administrator).out.splitlines() if "A steward" in line]
    assert "revoked" in row
    check_one_line(seratus("keys", "revoke", "../regions/32", **as_administrator), "404")


def test_a_key_is_listed_under_the_name_it_has(seratus: Command, as_administrator: dict[str, str]) -> None:
    names = ("Data [/team]", "[red]Desk[/red]", "A :key: [bold")
    for name in names:
        assert seratus("keys", "create", name, "auditor", **as_administrator).code == 0
    listed = seratus("keys", "list", **as_administrator)
    assert (listed.code, listed.err) == (0, "")
    assert all(name in listed.out for name in names)


def test_a_key_is_given_a_new_secret(seratus: Command, service: str, as_administrator: dict[str, str]) -> None:
    old = seratus("keys", "create", "In turn", "data_steward", **as_administrator).out.strip()
    (row,) = [line for line in seratus("keys", "list", **as_administrator).out.splitlines() if "In turn" in line]
    rotated = seratus("keys", "rotate", row.split()[-1], **as_administrator)
    second = rotated.out.removesuffix("\n")
    assert (rotated.code, rotated.err, second.split()) == (0, "", [second])
    assert second not in {old, ""}
    for key in (old, second):
        assert seratus("export", "cohorts", URL=service, KEY=key).code == 0
    third = seratus("keys", "rotate", row.split()[-1], "--overlap", "0", **as_administrator).out.strip()
    assert seratus("export", "cohorts", URL=service, KEY=third).code == 0
    for key in (old, second):
        check_one_line(seratus("export", "cohorts", URL=service, KEY=key), "401")
    (now,) = [line for line in seratus("keys", "list", **as_administrator).out.splitlines() if "In turn" in line]
    assert third[-4:] in now
    check_one_line(seratus("keys", "rotate", "../regions/32", **as_administrator), "404")
    check_one_line(seratus("keys", "rotate", row.split()[-1], "--overlap", "169", **as_administrator), "--overlap")


def test_a_key_is_good_from_the_networks_it_names(
    seratus: Command, service: str, as_administrator: dict[str, str]
) -> None:
    for networks, code in ((("127.0.0.0/8", "::1"), 0), (("192.0.2.0/24",), 1)):
        options = [word for network in networks for word in ("--from", network)]
        key = seratus("keys", "create", "Of a network", "auditor", *options, **as_administrator).out.strip()
        assert seratus("export", "cohorts", URL=service, KEY=key).code == code
    wrong = seratus("keys", "create", "x", "auditor", "--from", "10.0.0.9/8", **as_administrator)
    check_one_line(wrong, "422", "/address_ranges/0")


def test_a_key_bound_to_a_region_needs_the_region(seratus: Command, as_administrator: dict[str, str]) -> None:
    check_one_line(seratus("keys", "create", "x", "region_editor", **as_administrator), "422", "/region_code")
    bound = seratus("keys", "create", "x", "region_editor", "--for", "32.73", **as_administrator)
    assert bound.code == 0
    assert "32.73" in seratus("keys", "list", **as_administrator).out
    # Which it is, the role tells.
    nobody = "01890000-0000-7000-8000-000000000000"
    for role, field in (("assessor", "/expert_id"), ("mentor", "/institution_id")):
        check_one_line(seratus("keys", "create", "x", role, "--for", nobody, **as_administrator), "422", field)
    check_one_line(seratus("keys", "create", "x", "auditor", "--for", nobody, **as_administrator), "--for")


def test_a_file_comes_back_as_it_went_in(seratus: Command, as_administrator: dict[str, str], tmp_path: Path) -> None:
    file, copy = tmp_path / "skor.csv", tmp_path / "values.ndjson"
    file.write_text(VALUES, encoding="utf-8-sig")
    arguments = ("import", file, "--dataset", "indicator-values", *LACKING, "--set", "year=2023")
    tried = seratus(*arguments, "--dry-run", **as_administrator)
    assert (tried.code, tried.out) == (0, "3 rows would be received: 3 created, 0 updated, 0 unchanged\n")
    done = seratus(*arguments, **as_administrator)
    assert (done.code, done.out) == (0, "3 rows received: 3 created, 0 updated, 0 unchanged\n")
    assert seratus("export", "indicator-values", "--to", copy, **as_administrator).code == 0
    records = [json.loads(line) for line in copy.read_text().splitlines()]
    mine = {record["region_code"]: record["value"] for record in records if record["source"] == "test"}
    assert mine == {"32.73": 3.48, "35.78": 4.1, "33.74": 3}
    # What was written can be read again: nothing is new in it.
    again = seratus("import", copy, "--dataset", "indicator-values", **as_administrator)
    assert again.out == f"{len(records)} rows received: 0 created, 0 updated, {len(records)} unchanged\n"


def test_a_refused_file_names_its_rows(seratus: Command, as_administrator: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "skor.csv"
    file.write_text("kode;tahun;nilai\n32.73;2023;9\n99.99;2023;1\n")
    ended = seratus("import", file, "--dataset", "indicator-values", *LACKING, **as_administrator)
    told = ended.err.splitlines()
    assert (ended.code, ended.out) == (1, "")
    assert any("(lines 2)" in line for line in told)
    assert any("(lines 3)" in line for line in told)
    assert told[-1].startswith("seratus: POST /v1/imports: 422 ")


def test_the_name_of_a_file_is_shown_as_it_is(
    seratus: Command, as_administrator: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown, file = io.StringIO(), tmp_path / "[red]skor.csv"
    monkeypatch.setattr(cli, "err", console(file=shown, force_terminal=True, width=100))
    file.write_text(VALUES)
    seratus("import", file, "--dataset", "indicator-values", *LACKING, "--dry-run", **as_administrator)
    assert "importing [red]skor.csv" in shown.getvalue()


def test_all_of_a_list_is_exported(seratus: Command, service: str, tmp_path: Path) -> None:
    exported = seratus("export", "regions", URL=service)
    assert (exported.code, exported.err) == (0, "")
    codes = [json.loads(line)["code"] for line in exported.out.splitlines()]
    assert len(codes) == len(set(codes)) == 552
    written = seratus("export", "regions", "--to", tmp_path / "regions.ndjson", URL=service)
    assert written.out == f"552 records written to {tmp_path}/regions.ndjson\n"
    assert (tmp_path / "regions.ndjson").read_text() == exported.out
    table = seratus("export", "regions", "--format", "csv", URL=service)
    assert [line.partition(",")[0] for line in table.out.splitlines()] == ["code", *codes]
    array = seratus("export", "regions", "--format", "json", URL=service)
    assert [record["code"] for record in json.loads(array.out)] == codes
    check_one_line(
        seratus("export", "regions", "--to", tmp_path / "no" / "folder", URL=service), f"{tmp_path}/no/folder"
    )


def test_several_datasets_are_exported_into_a_folder(seratus: Command, service: str, tmp_path: Path) -> None:
    """With one filter, which each of them has."""
    arguments = ("export", "regions", "region-profiles", "--filter", "province=31", "--format", "csv")
    check_one_line(seratus(*arguments, URL=service), "--to")
    ended = seratus(*arguments, "--to", tmp_path / "jakarta", URL=service)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.splitlines() == [
        f"6 records written to {tmp_path}/jakarta/{dataset}.csv" for dataset in ("regions", "region-profiles")
    ]
    check_one_line(seratus("export", "regions", "--to", tmp_path, "--format", "json", URL=service), "json", "ndjson")
    check_one_line(seratus(*arguments[:-2], "--filter", "x=1", "--to", tmp_path, URL=service), "422", "x")
    check_one_line(seratus("export", "regions", "--filter", "x", URL=service), "--filter x", "name=value")


def test_an_export_goes_through_what_is_no_file(seratus: Command, service: str, tmp_path: Path) -> None:
    """A link still leads to its file, and a pipe is still one."""
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to("real")
    assert seratus("export", "catalogues", "--to", tmp_path / "link", URL=service).code == 0
    exported = (tmp_path / "real").read_bytes()
    assert exported.startswith(b"{")
    assert (tmp_path / "link").is_symlink()
    os.mkfifo(tmp_path / "pipe")
    received: list[bytes] = []
    reader = threading.Thread(target=lambda: received.append((tmp_path / "pipe").read_bytes()))
    reader.start()
    assert seratus("export", "catalogues", "--to", tmp_path / "pipe", URL=service).code == 0
    reader.join()
    assert received == [exported]
    assert (tmp_path / "pipe").is_fifo()
    assert {file.name for file in tmp_path.iterdir()} == {"real", "link", "pipe"}


def test_an_export_cut_short_leaves_no_file(seratus: Command, service: str, tmp_path: Path) -> None:
    target = tmp_path / "values.ndjson"
    check_one_line(seratus("export", "indicator-values", "--to", target, URL=service, KEY="srt_wrong"), "401")
    assert not list(tmp_path.iterdir())


def test_the_contract_is_the_apps(seratus: Command) -> None:
    printed = seratus("openapi")
    assert (printed.code, printed.err) == (0, "")
    assert json.loads(printed.out) == document()


def test_migrating_twice_changes_nothing(seratus: Command, database_url: str) -> None:
    seratus("migrate", DATABASE_URL=database_url)  # the first one also tells that the database was elsewhere before
    ended = seratus("migrate", DATABASE_URL=database_url)
    assert ended == Ended(0, "0 revisions applied, 0 reference rows added\n", "")


@pytest.fixture
async def another_url() -> AsyncIterator[str]:
    """Give the address of a database that a test may spoil."""
    async with cloned_database(f"spoilt_{uuid.uuid4().hex}") as url:
        yield url


def as_its_owner(url: str, statement: str) -> Any:
    """Return the one value that a statement answers, or None."""

    async def ask() -> Any:
        async with as_owner(url) as connection:
            return await connection.fetchval(statement)

    return asyncio.run(ask())


def test_who_lost_every_administrator_key_is_told_how_to_make_another(seratus: Command, another_url: str) -> None:
    addresses = {"DATABASE_URL": another_url, "OWNER_URL": owners_address(another_url)}
    keys, told = "UPDATE api_keys SET", "no administrator key is good any more: set SERATUS_BOOTSTRAP_KEY"
    lost = {
        "expired": f"{keys} created_at = now() - interval '2 years', expires_at = now() - interval '1 day'",
        "narrowed": f"{keys} expires_at = now() + interval '1 day', scopes = '{{regions:update}}'",
        "revoked": f"{keys} scopes = NULL, revoked_at = now()",
    }
    assert told not in seratus("migrate", **addresses).err
    for how, statement in lost.items():
        as_its_owner(another_url, statement)
        ended = seratus("migrate", **addresses)
        assert (ended.code, told in ended.err) == (0, True), how
    # Staff who come with accounts of their own need no key.
    with_accounts = {"OIDC_ISSUER": "https://sso.example", "OIDC_AUDIENCE": "https://seratus.example"}
    assert told not in seratus("migrate", **addresses, **with_accounts).err
    # What was put out of use is not brought back; a new value is a new key, and no secret is shown.
    first, second = "srt_" + "first" * 6, "srt_" + "second" * 6
    for secret, ends in ((first, False), (first, True), (second, False)):
        if ends:
            as_its_owner(another_url, f"{keys} revoked_at = now()")
        ended = seratus("migrate", BOOTSTRAP_KEY=secret, **addresses)
        assert (ended.code, told in ended.err, secret in ended.err + ended.out) == (0, ends, False)
    good = "SELECT string_agg(hint, ' ') FROM api_keys WHERE role = 'administrator' AND revoked_at IS NULL"
    assert as_its_owner(another_url, good) == "cond"


def test_an_older_version_starts_beside_a_newer_one_and_leaves_its_database_as_it_is(
    seratus: Command, another_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, line = another_url, "the database belongs to a newer version of Seratus (revision later): it is left as it is"
    role = make_url(url).username
    monkeypatch.setattr(serving, "run", lambda *_, **__: None)
    as_its_owner(url, "UPDATE alembic_version SET version_num = 'later'")
    # What the newer version took out, or lets the service do no longer, stays so.
    as_its_owner(url, "DELETE FROM indicator_values")
    as_its_owner(url, f"REVOKE DELETE ON regions FROM {role}")
    addresses = {"DATABASE_URL": url, "OWNER_URL": owners_address(url)}
    served = seratus("serve", PORT="0", WORKER="false", **addresses)
    assert served.code == 0
    assert line in served.err.splitlines()
    assert seratus("migrate", **addresses) == Ended(0, "", f"{line}\n")
    assert as_its_owner(url, "SELECT count(*) FROM indicator_values") == 0
    assert not as_its_owner(url, f"SELECT has_table_privilege('{role}', 'regions', 'DELETE')")
    as_its_owner(url, "ALTER TABLE regions RENAME COLUMN name TO label")
    for command in ("migrate", "serve"):
        check_one_line(seratus(command, PORT="0", **addresses), "revision later", "does not know", "regions.name")
