"""The sentiment model as plain data, and what it says of a text.

The service needs no scikit-learn: a linear model over words and pairs of words is a table of numbers, and
reading one text with it takes a few dozen additions. The image stays small and a task starts sooner.
"""

import io
import math
import pickle
import re
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

SENTIMENTS = frozenset({"positive", "neutral", "negative"})
WORD = r"\w+"
LONGEST_PHRASE = 2
LARGEST_MODEL = 16 * 1024 * 1024
"""Bytes that a model file may have; the one trained here has about 0.15 MB."""


class ModelUnreadableError(ValueError):
    """The bytes are not a model that `reference_app.train` wrote."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the model makes of one text: the likeliest label and its probability, from 0 to 1."""

    label: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Classifier:
    """A multinomial logistic regression over tf-idf weights of words and pairs of words.

    `phrases` maps a phrase to its inverse document frequency and its coefficients, one for each label.
    """

    labels: tuple[str, ...]
    intercepts: tuple[float, ...]
    phrases: dict[str, tuple[float, tuple[float, ...]]]

    def verdict(self, text: str) -> Verdict:
        """Return the likeliest label of a text; one without a known word gets what the intercepts say."""
        weights = {
            phrase: times * self.phrases[phrase][0]
            for phrase, times in Counter(phrases_of(text)).items()
            if phrase in self.phrases
        }
        length = math.hypot(*weights.values()) or 1.0
        scores = list(self.intercepts)
        for phrase, weight in weights.items():
            for position, coefficient in enumerate(self.phrases[phrase][1]):
                scores[position] += weight / length * coefficient
        highest = max(scores)
        shares = [math.exp(score - highest) for score in scores]
        best = scores.index(highest)
        return Verdict(self.labels[best], shares[best] / sum(shares))

    def as_data(self) -> dict[str, Any]:
        """Return the model in built-in types alone, as it is written to a file."""
        return {"labels": self.labels, "intercepts": self.intercepts, "phrases": self.phrases}


def phrases_of(text: str) -> list[str]:
    """Return the words of a text in lower case, and after them each pair of neighbours, joined by a space."""
    words = re.findall(WORD, text.lower())
    return words + [f"{first} {second}" for first, second in pairwise(words)]


def read_classifier(body: bytes) -> Classifier:
    """Read a model file; raise `ModelUnreadableError`, with the reason, where it is anything else.

    A joblib file is a pickle, and loading a pickle runs whatever its author wrote into it. The model is
    numbers and strings, which need no code, so this reader refuses every class and function that a file
    names: https://docs.python.org/3/library/pickle.html#restricting-globals
    """
    try:
        data = _DataUnpickler(io.BytesIO(body)).load()
        classifier = Classifier(
            labels=tuple(str(label) for label in data["labels"]),
            intercepts=tuple(float(value) for value in data["intercepts"]),
            phrases={
                str(phrase): (float(frequency), tuple(float(value) for value in coefficients))
                for phrase, (frequency, coefficients) in data["phrases"].items()
            },
        )
    except _NOT_A_MODEL as error:
        raise ModelUnreadableError(f"not a model written by reference_app.train ({error})") from error
    if not _is_sound(classifier):
        raise ModelUnreadableError("not a model written by reference_app.train (labels or numbers are wrong)")
    return classifier


def _is_sound(classifier: Classifier) -> bool:
    """Tell whether every verdict of this model is one of the sentiments, with a probability."""
    rows = [
        (classifier.intercepts, 1.0),
        *((coefficients, frequency) for frequency, coefficients in classifier.phrases.values()),
    ]
    return (
        set(classifier.labels) == SENTIMENTS
        and all(len(row) == len(classifier.labels) for row, _ in rows)
        and all(math.isfinite(number) for row, frequency in rows for number in (frequency, *row))
    )


# What unpickling and converting raise for other bytes; `pickle.Unpickler.load` promises no single type.
_NOT_A_MODEL = (
    pickle.UnpicklingError,
    AttributeError,
    EOFError,
    ImportError,
    LookupError,
    OverflowError,
    TypeError,
    ValueError,
)


class _DataUnpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        raise pickle.UnpicklingError(f"it names {module}.{name}, and a model is data alone")
