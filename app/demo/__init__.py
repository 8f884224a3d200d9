"""The rehearsal of a cohort on real data, as the ministry's people would do it: through the public API, in turn.

Six acts, a file each: the shortlist, the readiness of those on it, the decision; mentoring, master plans, and what came
of the quick wins. The administrator issues everyone's keys; anyone, without a key, checks what was published.
"""

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from app.client import Client
from app.commands import err
from app.demo import decision, mentoring, planning, readiness, results, shortlist
from app.demo.method import FULL, Scale
from app.demo.people import Stage, stage
from app.demo.report import Report, write


def run(client: Client, console: Console, scale: Scale = FULL) -> None:
    """Rehearse with an administrator's client and write the report on `console`; progress goes to standard error.

    All keys are revoked at the end, however it ends. Raises `ClientError` when the service refuses a step, or when
    what it published does not hold together.
    """
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
    with (
        Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bar,
        stage(client, bar, scale) as set_up,
    ):
        report = _rehearse(set_up)
    write(report, console)


def _rehearse(set_up: Stage) -> Report:
    recorder, publisher = set_up.enter("records", "officer"), set_up.enter("publishes", "officer")
    invited = shortlist.play(set_up, recorder, publisher)
    assessed = readiness.play(set_up, recorder, invited.cohort)
    decided = decision.play(set_up, recorder, publisher, invited.cohort)
    mentored = mentoring.play(set_up, recorder, invited.cohort)
    planned = planning.play(set_up, publisher, mentored.regions)
    came = results.play(set_up, recorder, invited.cohort, mentored.regions)
    return Report(set_up.administrator.url, invited, assessed, decided, mentored, planned, came)
