"""Every step there can be has its sentence, in both languages, and what is drafted is not public."""

import string

import pytest

from app.domain.lifecycles import MASTER_PLAN
from app.domain.timelines import KINDS, REGULATIONS


@pytest.mark.parametrize("name", KINDS)
def test_every_state_has_a_sentence_and_every_step_is_legal(name: str) -> None:
    kind = KINDS[name]
    steps = list(kind.steps())
    if kind.lifecycle is None:
        assert [(before, to) for before, to, _ in steps] == [(None, "")]
    else:
        assert [to for before, to, _ in steps if before is None] != []
        assert {to for before, to, _ in steps if before is None} == set(kind.lifecycle.states)
        for before, to, _ in steps:
            assert before is None or to in kind.lifecycle.following(before)
        assert kind.unpublished <= set(kind.lifecycle.states)
    certain = [before is not None for before, _, _ in steps]
    assert certain == sorted(certain, reverse=True)


@pytest.mark.parametrize("name", KINDS)
def test_both_languages_tell_the_same(name: str) -> None:
    for _, _, wording in KINDS[name].steps():
        words = [{field for _, field, _, _ in string.Formatter().parse(text) if field} for text in wording]
        assert words[0] == words[1]
        # The database fills them in by `format`, to which a per cent sign means something.
        assert all(text.endswith(".") and "%" not in text for text in wording)


def test_what_is_not_public_comes_first() -> None:
    """A record is hidden from its first state on or never, so that nothing public is hidden again."""
    for kind in KINDS.values():
        if kind.unpublished and kind.lifecycle is not None:
            assert kind.lifecycle.initial in kind.unpublished
    assert set(MASTER_PLAN.states) - KINDS["master-plans"].unpublished == {"accepted", "enacted", "superseded"}


def test_a_regulation_is_named_as_it_is_called() -> None:
    assert set(REGULATIONS) == {"regional_regulation", "regent_regulation", "mayor_regulation"}
    assert {words.id.split()[0] for words in REGULATIONS.values()} == {"Peraturan"}
