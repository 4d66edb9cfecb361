"""best_text: which text is looked for."""

import math

import numpy as np

from chargen_lib.exercises.engine.cards import Misconception, Probe
from chargen_lib.instructor.variants.family import Family, Member, Rule, Slip


def no_doubles(log_probs, start, num_chars):
    log_probs = np.asarray(log_probs, dtype=float)
    texts = np.array(list(np.ndindex(*[len(log_probs)] * num_chars)))  # every text there is: (V ** num_chars, num_chars)
    before = np.column_stack([np.full(len(texts), start), texts[:, :-1]])
    scores = log_probs[before, texts].sum(axis=1)
    scores[(before == texts).any(axis=1)] = -np.inf
    best = scores.argmax()
    return texts[best], float(scores[best])


def back_at_the_start(log_probs, start, num_chars):
    log_probs = np.asarray(log_probs, dtype=float)
    texts = np.array(list(np.ndindex(*[len(log_probs)] * num_chars)))  # every text there is: (V ** num_chars, num_chars)
    before = np.column_stack([np.full(len(texts), start), texts[:, :-1]])
    scores = log_probs[before, texts].sum(axis=1)
    scores[texts[:, -1] != start] = -np.inf
    best = scores.argmax()
    return texts[best], float(scores[best])


def second_likeliest(log_probs, start, num_chars):
    log_probs = np.asarray(log_probs, dtype=float)
    texts = np.array(list(np.ndindex(*[len(log_probs)] * num_chars)))  # every text there is: (V ** num_chars, num_chars)
    before = np.column_stack([np.full(len(texts), start), texts[:, :-1]])
    scores = log_probs[before, texts].sum(axis=1)
    second = np.argsort(-scores)[1]
    return texts[second], float(scores[second])


def _all_texts(log_probs, start, num_chars):
    """Every text, and its score."""
    log_probs = np.asarray(log_probs, dtype=float)
    texts = np.array(list(np.ndindex(*[len(log_probs)] * num_chars)))
    before = np.column_stack([np.full(len(texts), start), texts[:, :-1]])
    return texts, log_probs[before, texts].sum(axis=1)


def _best_where(allowed):
    """The likeliest of the texts (n, num_chars) for which allowed(texts, start, the likeliest of all) is true."""

    def search(log_probs, start, num_chars):
        texts, scores = _all_texts(log_probs, start, num_chars)
        scores = np.where(allowed(texts, start, texts[scores.argmax()]), scores, -np.inf)
        return texts[scores.argmax()], float(scores.max())

    return search


def _step_by_step(doubles):
    """Greedy: the likeliest next character at each step."""

    def search(log_probs, start, num_chars):
        log_probs, text, score = np.asarray(log_probs, dtype=float), [start], 0.0
        for _ in range(num_chars):
            row = log_probs[text[-1]].copy()
            if not doubles:
                row[text[-1]] = -np.inf
            text.append(int(row.argmax()))
            score += row.max()
        return np.array(text[1:]), float(score)

    return search


def _home_added(log_probs, start, num_chars):
    """The likeliest text, with its last character replaced by start."""
    texts, scores = _all_texts(log_probs, start, num_chars)
    text = texts[scores.argmax()].copy()
    text[-1] = start
    found = int((texts == text).all(axis=1).argmax())
    return text, float(scores[found])


def _table(*rows):
    return np.log(np.array(rows)).round(2).astype(np.float32)


def _clear(log_probs, start, num_chars):
    """In no search of a member are the best texts so near each other that rounding decides."""
    texts, scores = _all_texts(log_probs, start, num_chars)
    before = np.column_stack([np.full(len(texts), start), texts[:, :-1]])
    for allowed, ranks in ((scores <= 0, 3), ((before != texts).all(axis=1), 2), (texts[:, -1] == start, 2)):
        ranked = -np.sort(-scores[allowed])[:ranks]
        if min(ranked[:-1] - ranked[1:], default=1.0) < 0.01:
            return False
    return True


def best_text_probes(rng):
    while True:
        drawn = np.log(rng.dirichlet(np.ones(4), size=4) * 0.9 + 0.1 / 4).astype(np.float32)
        start = int(rng.integers(4))
        if _clear(drawn, start, 3):
            break
    return [
        Probe((_table([0.3, 0.6, 0.1], [0.25, 0.65, 0.1], [0.5, 0.3, 0.2]), 0, 3)),
        Probe((_table([0.6, 0.3, 0.1], [0.2, 0.5, 0.3], [0.45, 0.15, 0.4]), 0, 1)),
        Probe((_table([0.7, 0.3], [0.4, 0.6]), 1, 2)),
        Probe((_table([0.1, 0.75, 0.15], [0.05, 0.15, 0.8], [0.6, 0.3, 0.1]), 0, 3)),  # one way round is the likelier
        Probe((_table([0.1, 0.5, 0.4], [0.36, 0.34, 0.3], [0.06, 0.9, 0.04]), 0, 3)),
        Probe((drawn, start, 3)),
    ]


BEST_TEXT = Family(
    function="best_text",
    title="The best of all texts",
    lesson=7,
    points=3,
    minutes=15,
    difficulty=3,
    docstring="An exact search.  log_probs: (V, V), V >= 2;  start: id;  returns an array of num_chars ids, and its log-probability.",
    given="Entry $[a, b]$ of `log_probs` is $\\ln p(b \\mid a)$. A text of `num_chars` characters comes after the character `start`; its "
    "log-probability is the sum over its `num_chars` steps, the one from `start` among them. There are at most 1000 texts, so you "
    "may try them all. No two that matter here are equally likely. Return the text, without `start`, and its log-probability. Find:",
    probes=best_text_probes,
    members=(
        Member(
            name="no doubles",
            statement="the likeliest text in which *no character comes right after itself*; nor may the first one be `start`.",
            hint="`itertools.product(range(V), repeat=num_chars)` goes over all texts. Put start in front of each and look at its steps.",
            reference=no_doubles,
            did="You looked for the likeliest text without doubles",
            asked="here no character may come right after itself",
            mistakes=(
                Misconception(
                    "greedy without doubles",
                    "You took the likeliest allowed character at each step; a less likely one may lead to a better text. Compare whole texts.",
                    _step_by_step(doubles=False),
                ),
                Misconception(
                    "start doubled",
                    "Your text may begin with `start` once more; that is a double too.",
                    _best_where(lambda texts, start, likeliest: (texts[:, 1:] != texts[:, :-1]).all(axis=1)),
                ),
            ),
        ),
        Member(
            name="back at the start",
            statement="the likeliest text *whose last character is `start`* again. It may come on the way as well.",
            hint="`itertools.product(range(V), repeat=num_chars)` goes over all texts; most of them do not end in start.",
            reference=back_at_the_start,
            did="You looked for the likeliest text that ends in `start`",
            asked="here the text must end in `start`",
            mistakes=(
                Misconception(
                    "last character replaced",
                    "You found the likeliest text and then changed its last character. The best way back may be another one from the first "
                    "step on: compare whole texts that end in `start`.",
                    _home_added,
                ),
                Misconception(
                    "start only at the end",
                    "You left out the texts in which `start` comes on the way as well; they count.",
                    _best_where(
                        lambda texts, start, likeliest: (texts[:, -1] == start) & ~(texts[:, :-1] == start).any(axis=1)
                    ),
                ),
            ),
        ),
        Member(
            name="second likeliest",
            statement="the *second* likeliest text of all: only one text is likelier.",
            hint="`itertools.product(range(V), repeat=num_chars)` goes over all texts. Sort them by log-probability, the highest first.",
            reference=second_likeliest,
            did="You looked for the second likeliest text",
            asked="here the second likeliest of all texts is asked",
            mistakes=(
                Misconception(
                    "another last character",
                    "You changed the last character of the likeliest text. The second likeliest may differ from it anywhere.",
                    _best_where(
                        lambda texts, start, likeliest: (
                            (texts[:, :-1] == likeliest[:-1]).all(axis=1) & (texts[:, -1] != likeliest[-1])
                        )
                    ),
                ),
                Misconception(
                    "another first character",
                    "You looked only at texts whose first character is another than the likeliest text's. The second likeliest may differ "
                    "from it anywhere.",
                    _best_where(lambda texts, start, likeliest: texts[:, 0] != likeliest[0]),
                ),
            ),
        ),
    ),
    others=(
        Rule("likeliest", "You found the likeliest text of all", _best_where(lambda texts, start, likeliest: True)),
        Rule("greedy", "You took the likeliest next character at each step", _step_by_step(doubles=True)),
    ),
    slips=(
        Slip(
            "start included",
            "Your text begins with `start`; return only the num_chars new characters.",
            lambda right: (
                lambda log_probs, start, num_chars: (
                    np.append(start, right(log_probs, start, num_chars)[0]),
                    right(log_probs, start, num_chars)[1],
                )
            ),
        ),
        Slip(
            "probability",
            "Your second value is a probability; return its logarithm.",
            lambda right: lambda *args: (right(*args)[0], math.exp(right(*args)[1])),
        ),
        Slip(
            "average",
            "You divided the log-probability by the length; here it is the plain sum over the steps.",
            lambda right: lambda *args: (right(*args)[0], right(*args)[1] / args[2]),
        ),
        Slip(
            "transposed",
            "You read the table as [next, previous]; the row is the character before.",
            lambda right: lambda log_probs, *rest: right(np.transpose(log_probs), *rest),
        ),
    ),
)
