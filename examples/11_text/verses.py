"""The sonnets as numbers: 139 to learn from, and the last 15, of which nothing is learnt."""

import math

import autotensor as at
import nn.functional as F
from nn.data import sonnets

TEXT = sonnets()
LETTERS = sorted(set(TEXT))  # the vocabulary: letters, signs, blanks and line ends
NUMBER = {letter: number for number, letter in enumerate(LETTERS)}


def numbers(text):
    """A text as the numbers of its letters, ``(len(text),)`` int64."""
    return at.tensor([NUMBER[letter] for letter in text])


def letters(numbers):
    """And back."""
    return "".join(LETTERS[number] for number in numbers.tolist())


POEMS = TEXT.strip().split("\n\n")
LEARNT, ASKED = (numbers("\n\n".join(some) + "\n\n") for some in (POEMS[:139], POEMS[139:]))

# -- what one knows without a network --------------------------------------------------------------


def counts(known):
    """How often each of the last ``known + 1`` letters in a row is in what is learnt from.

    ``(letters, …, letters)``, with an axis for each of the letters in a row.
    """
    table = at.zeros(*[len(LETTERS)] * (known + 1))
    places = LEARNT.unfold(0, known + 1, 1).T
    return table.index_put_(tuple(places), at.tensor(1.0), accumulate=True)


def chances(known):
    """How likely each letter is after the ``known`` before it, along the last axis.

    What is counted, mixed with the chances after one letter less: a row of two letters that was
    seen only once says little.
    """
    less = chances(known - 1) if known else at.full((len(LETTERS),), 1 / len(LETTERS))
    table = counts(known)
    weight = 4.0  # as if each row had been seen four times more, just as the shorter one says
    return (table + weight * less) / (table.sum(-1, keepdim=True) + weight)


def surprise(table):
    """The mean of −log(chance) over the sonnets that nothing was learnt from, in nats a letter."""
    rows = ASKED.unfold(0, table.ndim, 1).T
    return -table[tuple(rows)].log().mean().item()


def bits(nats):
    return nats / math.log(2)


def loss_of(scores, targets):
    """Cross-entropy of scores ``(N, T, letters)`` for the letters ``(N, T)`` that came."""
    return F.cross_entropy(scores.flatten(0, 1), targets.flatten())
