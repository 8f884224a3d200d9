"""Log lines: one JSON object a line on standard error, whoever writes it.

Hides structlog and the standard library's logging behind one pipeline, so that uvicorn, Alembic and our own code look
alike, and keeps secrets out: the finished line is searched, so neither a nested value nor a traceback slips through.
"""

import logging
import re
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from json import JSONEncoder
from typing import Any, TextIO, cast

import structlog
from structlog.typing import EventDict, Processor

HIDDEN = "[redacted]"
# What to look for first, which is much cheaper, and what to replace. A backslash escapes what follows it, as in the
# JSON text that this is used on.
_SECRETS = (
    ("srt_", re.compile(r"srt_[A-Z0-9_-]+", re.IGNORECASE), HIDDEN),
    ("bearer", re.compile(r"(bearer)\s+(?:bearer\s+)*[^\s\"'\\,;]+", re.IGNORECASE), rf"\1 {HIDDEN}"),
    ("eyj", re.compile(r"eyJ[\w-]{8,2048}\.[\w-]+\.[\w-]*"), HIDDEN),  # `{"` in base64url, as every signed token begins
    ("://", re.compile(r"(://[^\s:/@\"]{0,256}):(?:[^\s\"\\]|\\.){1,512}@"), rf"\1:{HIDDEN}@"),
)


def redact(text: str) -> str:
    """Return `text` without API keys, bearer tokens and the passwords of URLs."""
    lowered = text.lower()
    for mark, pattern, replacement in _SECRETS:
        if mark in lowered:
            text = pattern.sub(replacement, text)
    return text


class _Unfailing:
    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write the text, or lose it."""
        try:  # noqa: SIM105 - every request's line passes here, and twice a `suppress` costs as much as the writing
            self._stream.write(text)
        except OSError:
            pass
        return len(text)

    def flush(self) -> None:
        """Send on what was written, or lose it."""
        try:  # noqa: SIM105 - as above
            self._stream.flush()
        except OSError:
            pass


def unfailing(stream: TextIO) -> TextIO:
    """Return the stream as one on which no write fails: a full disk, or a pipe that nobody reads, ends no request."""
    return cast("TextIO", _Unfailing(stream))


def configure_logging(*, json: bool = True, stream: TextIO | None = None) -> None:
    """Send every log line of this process to `stream` (standard error by default). Call it before anything is logged.

    With `json=False` lines are laid out for a person at a terminal, and a traceback takes as many as it needs.
    """
    stream = unfailing(stream or sys.stderr)
    # The default traceback lays out every local variable: seconds of work, and people's data on the screen.
    plain = structlog.dev.ConsoleRenderer(colors=stream.isatty(), exception_formatter=structlog.dev.plain_traceback)
    renderer: Processor = structlog.processors.JSONRenderer() if json else plain
    common: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    ending: list[Any] = [*([structlog.processors.format_exc_info] if json else []), renderer, _redact_line]
    structlog.configure(
        processors=[_line] if json else [*common, *ending],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(stream),
        cache_logger_on_first_use=True,
    )
    _configure_standard_library(stream, common, ending)


def _configure_standard_library(stream: TextIO, common: Sequence[Processor], ending: Sequence[Processor]) -> None:
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*common, structlog.stdlib.add_logger_name],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *ending],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    for name in ("uvicorn", "uvicorn.error", "alembic", "sqlalchemy"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    # Every request has its line from `telemetry`; these two would show query strings.
    logging.getLogger("uvicorn.access").disabled = True
    for name in ("httpx", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)
    revisions = logging.getLogger("alembic.runtime.migration")
    revisions.setLevel(logging.INFO)
    revisions.addFilter(_is_news)
    logging.captureWarnings(capture=True)


def _is_news(record: logging.LogRecord) -> bool:
    """Keep the revisions that Alembic runs, and leave out what it says each time it looks at a database."""
    return record.levelno > logging.INFO or record.getMessage().startswith("Running")


_encode = JSONEncoder(default=repr).encode  # made once; `json.dumps` with options makes one at every call


def _line(_logger: object, level: str, event: EventDict) -> str:
    """Do what the other lines go through step by step: every request pays for its line."""
    stamp = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    line: EventDict = {**structlog.contextvars.get_contextvars(), **event, "level": level, "timestamp": stamp}
    if "exc_info" in line:
        line = structlog.processors.format_exc_info(_logger, level, line)
    return redact(_encode(line))


def _redact_line(_logger: object, _method: str, line: EventDict | str) -> str:
    return redact(str(line))
