"""The vocabulary of the journal in the words of its readers."""

import pytest

from registry.rules.events import LABELS, Event


def test_every_event_has_words_of_its_own():
    assert set(LABELS) == set(Event)
    assert len(set(LABELS.values())) == len(Event)


@pytest.mark.parametrize("event", Event)
def test_the_words_of_an_event_are_a_phrase_and_not_its_code(event):
    assert event.label[0].isupper() and not event.label.endswith(".")
    assert not set("._") & set(event.label)
    assert event.label.lower() != event.value.replace(".", " ").replace("_", " ")
