"""The states every record of the programme passes through: the page to read to understand the programme.

A lifecycle is a table: state -> states allowed next. A record starts in `initial`; a state without a row on
the left is an end. While it is in an `unpublished` state, only those see the record who work on it. Nobody asks for the
steps in `elsewhere`: what they are listed under takes them.
"""

from collections.abc import Iterable, Mapping

from app.domain.states import Lifecycle, Step


def _withdrawable(moves: Mapping[str, Iterable[str]], until: str) -> dict[str, tuple[str, ...]]:
    """Add `withdrawn` to every state before `until`: a region may leave until its plan is law."""
    table: dict[str, tuple[str, ...]] = {}
    open_to_withdrawal = True
    for state, following in moves.items():
        open_to_withdrawal = open_to_withdrawal and state != until
        table[state] = (*following, "withdrawn") if open_to_withdrawal else tuple(following)
    return table


COHORT = Lifecycle(
    initial="draft",
    moves={
        "draft": ("open",),
        "open": ("assessing",),
        "assessing": ("decided",),
        "decided": ("mentoring",),
        "mentoring": ("closed",),
    },
)

# What a candidacy does when its plan enters a state: from where, and where to.
FOLLOWS_PLAN: Mapping[str, Step] = {
    "submitted": ("mentoring", "plan_submitted"),
    "returned": ("plan_submitted", "mentoring"),
    "accepted": ("plan_submitted", "plan_accepted"),
    "enacted": ("plan_accepted", "enacted"),
}

_CHOICES = ("selected", "reserve", "not_selected")
# Among these the final choice is made, the first time and again.
DECIDABLE = ("assessed", *_CHOICES)

# A shortlisted region is `invited`, and again when its form is returned; a reserve moves up when a seat falls free; a
# memorandum that is declared void leaves its region selected, to sign anew. Until somebody has signed, an upheld
# objection may lead to another final choice, which decides all of them again. One that withdrew by mistake is nominated
# again, as long as its cohort nominates.
CANDIDACY = Lifecycle(
    initial="nominated",
    moves=_withdrawable(
        {
            "nominated": ("invited",),
            "invited": ("form_submitted",),
            "form_submitted": ("assessed", "invited"),
            "assessed": _CHOICES,
            "reserve": ("selected", "not_selected"),
            "selected": ("mou_signed", "reserve", "not_selected"),
            "mou_signed": ("mentoring", "selected"),
            "mentoring": ("plan_submitted",),
            "plan_submitted": ("plan_accepted", "mentoring"),
            "plan_accepted": ("enacted",),
            "enacted": ("implementing",),
        },
        until="enacted",
    )
    | {"not_selected": ("selected", "reserve"), "withdrawn": ("nominated",)},
    elsewhere={
        # A reserve takes a seat that fell free by the replacement of the one that left it.
        "replacement": [("reserve", "selected")],
        # Decisions belong to a published selection run, never to one officer's hand.
        "selection_run": [(before, after) for before in DECIDABLE for after in _CHOICES if before != after],
        # A region has signed when its memorandum is, and has not when that is declared void.
        "memorandum": [("selected", "mou_signed"), ("mou_signed", "selected")],
        # A form is in, returned or scored when its assessment says so; the invitation itself is an officer's.
        "assessment": [("invited", "form_submitted"), ("form_submitted", "invited"), ("form_submitted", "assessed")],
        # A region is mentored once its mentorship is active, and its plan takes it from there to the regulation.
        "mentorship": [("mou_signed", "mentoring")],
        "plan": FOLLOWS_PLAN.values(),
    },
)

# Seats of a cohort are taken from these states on; a withdrawn candidacy gives its seat back.
SHORTLISTED = tuple(s for s in CANDIDACY.states if s not in {"nominated", "withdrawn"})
CHOSEN = tuple(s for s in SHORTLISTED if s not in {"invited", "form_submitted", "assessed", "reserve", "not_selected"})
# From its mentoring on a region works on its plan and its quick wins.
MENTORED = tuple(s for s in CHOSEN if s not in {"selected", "mou_signed"})

# A final choice that is made again takes the place of the one before, which everyone can still read.
SELECTION_RUN = Lifecycle(
    initial="recorded",
    moves={"recorded": ("published", "discarded"), "published": ("discarded",)},
    elsewhere={"selection_run": [("published", "discarded")]},
)

# A form is returned with a reason; an upheld objection gives a final assessment back to moderation, and its next
# scorecard is a new edition.
ASSESSMENT = Lifecycle(
    initial="open",
    moves={
        "open": ("submitted",),
        "submitted": ("in_review", "open"),
        "in_review": ("moderation", "final"),
        "moderation": ("final", "in_review"),
        "final": ("moderation",),
    },
    elsewhere={
        # Assessors are too far apart, or too few of the panel are left.
        "panel": [("in_review", "moderation"), ("moderation", "in_review")],
        "objection": [("final", "moderation")],
    },
)

# A seat on a panel: its holder declares to have no conflict of interest, or steps aside, even after judging, when the
# conflict comes to light late.
PANEL_MEMBER = Lifecycle(
    initial="assigned",
    moves={
        "assigned": ("declared", "recused"),
        "declared": ("submitted", "recused"),
        "submitted": ("recused",),
    },
    elsewhere={"review": [("declared", "submitted")]},
)

# A conflict of interest is passed over by a second person's word only.
OVERRIDE = Lifecycle(initial="requested", moves={"requested": ("approved", "refused")})

# One assessor's levels; once they are given they stay, and what an objection reopens is moderated anew.
REVIEW = Lifecycle(initial="draft", moves={"draft": ("submitted",)})

OBJECTION = Lifecycle(initial="filed", moves={"filed": ("upheld", "dismissed", "withdrawn")})

# What was signed can only be declared void; its number is never given again.
MEMORANDUM = Lifecycle(
    initial="drafted", moves={"drafted": ("signed", "void"), "signed": ("void",)}, unpublished=frozenset({"drafted"})
)

# A proposed mentor becomes one when assigned. It ends early when the region withdraws or another mentor takes over.
MENTORSHIP = Lifecycle(
    initial="assigned",
    moves={"assigned": ("active", "ended"), "active": ("completed", "ended")},
)

# Each workshop is a gate: it closes once its outputs are there, and the next opens behind it. So none opens again.
WORKSHOP = Lifecycle(initial="planned", moves={"planned": ("open",), "open": ("closed",)})

# Like a memorandum: what was signed can only be declared void, and a new one is drafted.
COMMITMENT = Lifecycle(
    initial="drafted", moves={"drafted": ("signed", "void"), "signed": ("void",)}, unpublished=frozenset({"drafted"})
)

# A returned plan is worked on and submitted again; one in force gives way only to its revision.
MASTER_PLAN = Lifecycle(
    initial="draft",
    moves={
        "draft": ("submitted",),
        "submitted": ("returned", "accepted"),
        "returned": ("submitted",),
        "accepted": ("enacted",),
        "enacted": ("superseded",),
    },
    unpublished=frozenset({"draft", "submitted", "returned"}),
    elsewhere={
        "review": [("submitted", "returned"), ("submitted", "accepted")],
        "revision": [("enacted", "superseded")],
    },
)

# Open until resolved; what proves unresolved is opened again.
PLAN_COMMENT = Lifecycle(initial="open", moves={"open": ("resolved",), "resolved": ("open",)})

# Whether it runs on time is no state: `quick_win_progress` tells it for the day asked.
QUICK_WIN = Lifecycle(
    initial="proposed",
    moves={
        "proposed": ("approved", "cancelled"),
        "approved": ("running", "cancelled"),
        "running": ("completed", "cancelled"),
    },
    unpublished=frozenset({"proposed"}),
)

# A receiver of events is paused and resumed by its owner. It is disabled when it asks for that (410), when it failed
# for three days or when its key has ended; what waited for it is then cancelled.
WEBHOOK = Lifecycle(
    initial="active",
    moves={"active": ("paused", "disabled"), "paused": ("active", "disabled"), "disabled": ("active",)},
)

# One event on its way to one receiver; whatever became of it, it can be sent again.
DELIVERY = Lifecycle(
    initial="pending",
    moves={
        "pending": ("delivered", "failed", "cancelled"),
        "delivered": ("pending",),
        "failed": ("pending",),
        "cancelled": ("pending",),
    },
)
