"""judged_draft: how much of a draft one call of the large model keeps, by another rule than the lesson's."""

import numpy as np

from chargen_lib.exercises.engine.cards import Misconception, Probe
from chargen_lib.instructor.variants.family import Family, Member, Rule, Slip
from chargen_lib.instructor.variants.fast import wrong_drafts
from chargen_lib.instructor.variants.fast.wrong_drafts import at, ending, likeliest_at, ratio, that_keeps


def likeliest(p, q, drafted, uniforms, amount):
    best = np.argmax(p, axis=1)  # (n + 1,)
    kept = 0
    while kept < len(drafted) and drafted[kept] == best[kept]:
        kept += 1
    return [*(int(i) for i in drafted[:kept]), int(best[kept])]


def near_the_best(p, q, drafted, uniforms, amount):
    best = np.argmax(p, axis=1)  # (n + 1,)
    kept = 0
    while kept < len(drafted) and p[kept, drafted[kept]] >= amount * p[kept, best[kept]]:
        kept += 1
    return [*(int(i) for i in drafted[:kept]), int(best[kept])]


def lenient(p, q, drafted, uniforms, amount):
    best = np.argmax(p, axis=1)  # (n + 1,)
    kept = 0
    while kept < len(drafted) and uniforms[kept] < p[kept, drafted[kept]] / (amount * q[kept, drafted[kept]]):
        kept += 1
    return [*(int(i) for i in drafted[:kept]), int(best[kept])]


def judged_draft_probes(rng):
    def sixteenths(*rows):
        return np.array(rows, dtype=np.float32) / 16

    def drawn_rows(n, least):
        """(n, 4): sixteenths, and one of each row is the largest."""
        rows: list[np.ndarray] = []
        while len(rows) < n:
            row = rng.multinomial(16 - 4 * least, np.full(4, 1 / 4)) + least
            if (row == row.max()).sum() == 1:
                rows.append(row)
        return sixteenths(*rows)

    def drawn_probe(n, amount):
        p, q = drawn_rows(n + 1, 0), drawn_rows(n, 1)
        drafted = np.where(rng.random(n) < 0.6, p[:n].argmax(axis=1), rng.integers(0, 4, size=n))
        return Probe((p, q, drafted, (2 * rng.integers(0, 32, size=n) + 1) / 64, amount))

    p = sixteenths([8, 5, 3], [2, 8, 6], [10, 2, 4], [3, 4, 9])
    q = sixteenths([4, 8, 4], [4, 4, 8], [5, 4, 7])
    close, far = sixteenths([7, 5, 4], [3, 9, 4], [5, 4, 7], [1, 13, 2]), sixteenths([1, 14, 1], [13, 1, 2], [2, 13, 1])
    flat, tilted = sixteenths([9, 4, 3], [7, 5, 4], [7, 5, 4], [3, 9, 4]), sixteenths([12, 2, 2], [6, 1, 9], [6, 1, 9])
    return [
        Probe((p, q, np.array([0, 2, 1]), np.array([0.5, 0.25, 0.75]), 0.5)),
        Probe((p, q, np.array([0, 2, 1]), np.array([0.5, 0.75, 0.875]), 0.75)),
        Probe((p, q, np.array([1, 1, 0]), np.array([0.5, 0.875, 0.25]), 0.75)),
        Probe((p, q, np.array([2, 1, 0]), np.array([0.875, 0.25, 0.5]), 0.25)),
        Probe((p, q, np.array([0, 1, 0]), np.array([0.25, 0.5, 0.875]), 1.0)),  # all are kept
        Probe((close, far, np.array([1, 1, 2]), np.array([0.59375, 0.75, 0.5]), 0.5)),
        Probe((close, far, np.array([0, 0, 1]), np.array([0.75, 0.46875, 0.25]), 0.5)),
        Probe((p[1:], sixteenths([8, 4, 4], [4, 8, 4]), np.array([0, 1]), np.array([0.5, 0.25]), 0.5)),  # as large as the ratio
        Probe((sixteenths([8, 4, 4], [4, 10, 2]), q[:1], np.array([1]), np.array([0.9375]), 0.5)),  # just half the best
        Probe((flat, tilted, np.array([0, 0, 1]), np.array([0.5, 0.25, 0.75]), 0.75)),
        Probe((flat[:2], sixteenths([4, 3, 9]), np.array([1]), np.array([0.25]), 0.5)),
        Probe((flat[:2], tilted[:1], np.array([1]), np.array([0.875]), 0.5)),
        Probe((flat[2:], tilted[1:2], np.array([2]), np.array([0.875]), 0.75)),
        drawn_probe(5, 0.5),
        drawn_probe(5, 0.75),
    ]


JUDGED_DRAFT = Family(
    function="judged_draft",
    title="Another way to judge a draft",
    lesson=12,
    points=3,
    minutes=12,
    difficulty=2,
    docstring="p: (n + 1, V);  q: (n, V);  drafted: (n,) ints;  uniforms: (n,);  amount: float, above 0, at most 1;  returns a list of ids.",
    given="A draft of $n$ characters, `drafted`, is judged by a large model. Row $t$ of `p` holds the large model's probabilities at place $t$, and the "
    "last row those after the whole draft; row $t$ of `q` holds the draft model's, never 0. From the front on, drafted characters are kept, up "
    "to the first that is refused; that one and all after it are dropped. In its place, or behind the draft where all is kept, the large model "
    "puts one character of its own: its likeliest one at that place. Return the ids that are written, this last one included. With `amount` "
    "$= m$, the drafted character $x$ at place $t$ is kept",
    probes=judged_draft_probes,
    members=(
        Member(
            name="likeliest",
            statement="if it is the likeliest of all in row $t$ of `p`. (So the text is the one that the large model alone would write, always taking its "
            "likeliest character; `q`, `uniforms` and `amount` are not needed.)",
            hint="The likeliest of every row of p at once: argmax(axis=1). Compare the first n of them with the draft.",
            reference=likeliest,
            did="You kept a drafted character if it is the likeliest of its row of p",
            asked="here it is kept only if it is the likeliest of its row of p",
            mistakes=(
                Misconception(
                    "likeliest of the draft",
                    "You compared the draft with the likeliest of q. The large model judges: the likeliest of p.",
                    that_keeps(lambda p, q, d, u, m: d == q.argmax(axis=1)),
                ),
                Misconception(
                    "both likeliest",
                    "You kept a character where p and q have the same likeliest one. The drafted one is judged: it must be the likeliest of p.",
                    that_keeps(lambda p, q, d, u, m: p.argmax(axis=1) == q.argmax(axis=1)),
                ),
                Misconception(
                    "as likely as in q",
                    "You kept what p likes at least as much as q. Here q does not count: the drafted one must be the likeliest of p.",
                    that_keeps(lambda p, q, d, u, m: at(p, d) >= at(q, d)),
                ),
                Misconception(
                    "likelier than one half",
                    "You kept what has more than one half. The likeliest may have less: compare with the others of its row, argmax.",
                    that_keeps(lambda p, q, d, u, m: at(p, d) > 0.5),
                ),
            ),
        ),
        Member(
            name="near the best",
            statement="if row $t$ of `p` gives it at least $m$ times as much as the likeliest of that row. (`q` and `uniforms` are not needed.)",
            hint="The largest of every row of p: max(axis=1). Of the draft's, p[t, drafted[t]].",
            reference=near_the_best,
            did="You kept a drafted character if p gives it at least m times as much as the likeliest",
            asked="here it is kept if p gives it at least m times as much as the likeliest of its row",
            mistakes=(
                Misconception(
                    "more than that",
                    "You dropped a character that has exactly m times as much. At least means that it is kept: >=.",
                    that_keeps(lambda p, q, d, u, m: at(p, d) > m * p.max(axis=1)),
                ),
                Misconception(
                    "at least m",
                    "You compared with m itself. What counts is m times the largest of the row: a flat row keeps more.",
                    that_keeps(lambda p, q, d, u, m: at(p, d) >= m),
                ),
                Misconception(
                    "the best of q",
                    "You compared with the largest of q. The large model judges: m times the largest of p.",
                    that_keeps(lambda p, q, d, u, m: at(p, d) >= m * q.max(axis=1)),
                ),
                Misconception(
                    "judged by q",
                    "You judged with q, the draft model's own. The large model judges: p.",
                    that_keeps(lambda p, q, d, u, m: at(q, d) >= m * q.max(axis=1)),
                ),
                Misconception(
                    "m times the drafted one",
                    "You have m on the wrong side: the drafted one needs at least m times the *largest*.",
                    that_keeps(lambda p, q, d, u, m: m * at(p, d) >= p.max(axis=1)),
                ),
            ),
        ),
        Member(
            name="lenient",
            statement="if `uniforms[t]` is below $p(x) / (m\\, q(x))$: the smaller $m$, the more is kept, at the price that the text is no longer quite the "
            "large model's.",
            hint="For each place p[t, drafted[t]] and q[t, drafted[t]]. At the first uniform that is not below, stop.",
            reference=lenient,
            did="You kept a drafted character if the uniform is below p / (m q)",
            asked="here it is kept if the uniform is below p / (m q)",
            mistakes=(
                Misconception(
                    "multiplied by m",
                    "You multiplied p / q by m, which keeps less. It is divided by m q.",
                    that_keeps(lambda p, q, d, u, m: u < m * ratio(p, q, d)),
                ),
                Misconception(
                    "m not used",
                    "You compared with p / q, as in the lesson. Here q is multiplied by m first.",
                    that_keeps(lambda p, q, d, u, m: u < ratio(p, q, d)),
                ),
                Misconception(
                    "at most",
                    "You kept a character whose uniform is equal to p / (m q). It must be below.",
                    that_keeps(lambda p, q, d, u, m: u <= ratio(p, q, d) / m),
                ),
                Misconception(
                    "q / p",
                    "You divided q by p. What p likes more than q is kept more often: p / (m q).",
                    that_keeps(lambda p, q, d, u, m: u < ratio(q, p, d) / m),
                ),
                Misconception(
                    "p / m",
                    "You did not divide by q, with which the character was drafted: p / (m q).",
                    that_keeps(lambda p, q, d, u, m: u < at(p, d) / m),
                ),
                Misconception(
                    "turned round",
                    "Your comparison is turned round: a character is kept where the uniform is below p / (m q).",
                    that_keeps(lambda p, q, d, u, m: u >= ratio(p, q, d) / m),
                ),
            ),
        ),
    ),
    others=(
        Rule("the whole draft", "You kept all of the draft", that_keeps(lambda p, q, d, u, m: u >= 0)),
        Rule("no draft", "You kept nothing of the draft", that_keeps(lambda p, q, d, u, m: u < 0)),
    ),
    slips=(
        Slip(
            "kept after a refusal",
            "You kept drafted characters after a refused one too. They were drafted after a character that is not there: drop them.",
            wrong_drafts.after_a_refusal_too,
        ),
        Slip(
            "nothing of its own",
            "The large model's own character is missing at the end: its likeliest one at the place after the kept ones.",
            wrong_drafts.nothing_of_its_own,
        ),
        Slip(
            "refused one too",
            "You wrote the refused character too. The large model's own stands in its place.",
            ending(wrong_drafts.refused_one_too),
        ),
        Slip(
            "own of the last row",
            "You took the large model's own character from the last row of p, even where one was refused earlier. Take it from the row of that "
            "place.",
            ending(lambda kept, p, q, drafted: [likeliest_at(p, -1)]),
        ),
        Slip(
            "own of the row before",
            "You took the large model's own character from the row of the last kept one. It stands one place further: the row of the refused one.",
            ending(lambda kept, p, q, drafted: [likeliest_at(p, max(kept - 1, 0))]),
        ),
        Slip(
            "own of what is left over",
            "You took the large model's own character from what p has above q. Here it is the likeliest of p.",
            ending(wrong_drafts.own_of_the_leftover),
        ),
        Slip(
            "how many",
            "You returned how many are kept. The ids that are written are asked, the large model's own included.",
            wrong_drafts.how_many,
        ),
    ),
)
