"""kept_logits: which filter, and on which side of the cut."""

import numpy as np

from chargen_lib.exercises.engine.cards import Misconception, Probe
from chargen_lib.exercises.lesson_04.numbers_to_try import row_of
from chargen_lib.exercises.lesson_04.softmaxes import softmax
from chargen_lib.exercises.lesson_06.min_p_filter import min_p_filter
from chargen_lib.exercises.lesson_06.nuclei import top_p_filter
from chargen_lib.instructor.variants.family import Family, Member, Rule, Slip
from chargen_lib.instructor.variants.sampling.rows_to_draw_from import WHOLE_BATCH


def before_the_crossing(logits, p):
    logits = np.asarray(logits)
    weights = np.exp(logits - logits.max(axis=-1, keepdims=True))
    probs = weights / weights.sum(axis=-1, keepdims=True)
    order = np.argsort(-logits, axis=-1, kind="stable")  # the likeliest first; of equal ones the lower id
    kept = np.cumsum(np.take_along_axis(probs, order, axis=-1), axis=-1) <= p
    kept[..., 0] = True
    kept = np.take_along_axis(kept, np.argsort(order, axis=-1), axis=-1)  # back in the order of the ids
    return np.where(kept, logits, -np.inf)


def without_the_tail(logits, p):
    logits = np.asarray(logits)
    weights = np.exp(logits - logits.max(axis=-1, keepdims=True))
    probs = weights / weights.sum(axis=-1, keepdims=True)
    order = np.argsort(-logits, axis=-1, kind="stable")[..., ::-1]  # the least likely first; of equal ones the higher id
    removed = np.cumsum(np.take_along_axis(probs, order, axis=-1), axis=-1) <= p
    removed = np.take_along_axis(removed, np.argsort(order, axis=-1), axis=-1)  # back in the order of the ids
    return np.where(removed, -np.inf, logits)


def likely_by_itself(logits, p):
    logits = np.asarray(logits)
    weights = np.exp(logits - logits.max(axis=-1, keepdims=True))
    probs = weights / weights.sum(axis=-1, keepdims=True)
    likeliest = np.argmax(logits, axis=-1, keepdims=True)  # the lowest id wins a tie
    kept = (probs >= p) | (np.arange(logits.shape[-1]) == likeliest)
    return np.where(kept, logits, -np.inf)


def _kept_where(logits, kept):
    return np.where(kept, logits, -np.inf)


def _sorted_mask(right):
    """The mask of a right answer, left in the order of the sorted logits."""

    def wrong(logits, p):
        order = np.argsort(-np.asarray(logits), axis=-1, kind="stable")
        return _kept_where(logits, np.take_along_axis(np.isfinite(right(logits, p)), order, axis=-1))

    return wrong


def kept_logits_probes(rng):
    peaked, flat, middle = [0.62, 0.2, 0.1, 0.06, 0.02], [0.26, 0.22, 0.2, 0.17, 0.15], [0.45, 0.25, 0.14, 0.09, 0.07]

    def rows(*probs):  # each shuffled, and moved by a constant, which changes no probability
        logits = np.log(rng.permuted(np.array(probs), axis=-1)) + rng.uniform(-2, 2, size=(len(probs), 1))
        return logits.astype(np.float32)

    return [
        Probe((row_of(1, 1.2, 0.8, 1.1, 0.9), 0.5)),
        Probe((row_of(1, 3, 0, 2), 0.1)),
        Probe((row_of(1, 3, 0, 2), 0.9)),
        Probe((row_of(0, 0, 0, 0), 0.5)),  # 1/4 is exact in binary
        Probe((row_of(7, 7, 7, 7), 0.25)),
        Probe((rows(peaked)[0], 0.15)),
        Probe((np.array([[1, 3, 0, 2], [0, 1, 2, 3], [3, 2.5, 2, 1]], dtype=np.float32), 0.1), batch=True),
        Probe((rows(peaked, flat, middle, flat, middle, peaked).reshape(2, 3, 5), 0.12), batch=True),
        Probe((rows(middle, flat, peaked), 0.5), batch=True),
    ]


KEPT_LOGITS = Family(
    function="kept_logits",
    title="Which characters may be drawn",
    lesson=6,
    points=3,
    minutes=12,
    difficulty=3,
    docstring="A filter.  logits: (..., V);  p: 0 < p < 1;  returns (..., V): kept logits untouched, -inf where removed.",
    given="`logits` are rows of $V$ logits, with any leading axes; each row is filtered by itself. Return the logits with $-\\infty$ for "
    "every character that is removed, and the others untouched. `p` lies between 0 and 1; you need not check it.",
    probes=kept_logits_probes,
    members=(
        Member(
            name="before the crossing",
            statement="Keep the likeliest characters, one after the other, as long as their probabilities sum to *at most* `p`: the one "
            "with which the sum crosses `p` is removed. The likeliest always stays, even if it alone is above `p`. Of equally "
            "likely ones the lower id comes first.",
            hint="Sort downwards, `cumsum`, compare with p; then the first place is always True. Bring the mask back from sorted order "
            "to the order of the ids: argsort of the argsort.",
            reference=before_the_crossing,
            did="You kept the likeliest characters as long as they sum to at most p",
            asked="here the character that crosses p is left out, though the likeliest always stays",
            mistakes=(
                Misconception(
                    "can keep nothing",
                    "When the likeliest character alone is above p you remove everything; the likeliest always stays.",
                    lambda logits, p: _kept_where(
                        before_the_crossing(logits, p),
                        (softmax(logits).max(axis=-1) <= p)[..., None] | np.zeros_like(logits, bool),
                    ),
                ),
                Misconception(
                    "sorted mask on unsorted logits",
                    "Your mask is in sorted order, but you laid it on logits in the order of the ids. Bring it back first.",
                    _sorted_mask(before_the_crossing),
                ),
                Misconception(
                    "does not sort",
                    "You added up the probabilities in the order of the ids. Sort them first, the likeliest in front.",
                    lambda logits, p: _kept_where(
                        logits,
                        (np.cumsum(softmax(logits), axis=-1) <= p) | np.isfinite(likely_by_itself(logits, 1.0)),
                    ),
                ),
            ),
        ),
        Member(
            name="without the tail",
            statement="Remove the least likely characters, one after the other, as long as what is removed sums to *at most* `p`: the one "
            "with which the sum crosses `p` stays. Of equally likely ones the higher id is removed first.",
            hint="Sort upwards, `cumsum`, compare with p. Bring the mask back from sorted order to the order of the ids: argsort of "
            "the argsort. To have the higher id first among equal ones, sort the negated logits and turn that order around.",
            reference=without_the_tail,
            did="You removed the least likely characters as long as they sum to at most p",
            asked="here the least likely are removed as long as they sum to at most p",
            mistakes=(
                Misconception(
                    "removes the crossing character",
                    "You removed the character with which the removed mass crosses p; that one stays.",
                    lambda logits, p: before_the_crossing(logits, 1 - p),
                ),
                Misconception(
                    "sorted mask on unsorted logits",
                    "Your mask is in sorted order, but you laid it on logits in the order of the ids. Bring it back first.",
                    _sorted_mask(without_the_tail),
                ),
                Misconception(
                    "each by itself",
                    "You compared each probability with p by itself; p is for the sum of all that are removed.",
                    lambda logits, p: _kept_where(logits, softmax(logits) > p),
                ),
            ),
        ),
        Member(
            name="likely by itself",
            statement="Keep every character whose own probability is *at least* `p`. The likeliest always stays, even if it is below `p`; "
            "of several equally likely ones that is the lowest id.",
            hint="No sorting. Two masks joined by `|`: the probability is at least p, or the id is the argmax (`keepdims=True`).",
            reference=likely_by_itself,
            did="You compared each probability with p by itself",
            asked="here each probability is compared with p by itself, and the likeliest always stays",
            mistakes=(
                Misconception(
                    "can keep nothing",
                    "When no character has a probability of p you remove all of them; the likeliest always stays.",
                    lambda logits, p: _kept_where(logits, softmax(logits) >= p),
                ),
                Misconception(
                    "strict",
                    "A probability of exactly p stays: use >=.",
                    lambda logits, p: likely_by_itself(logits, np.nextafter(p, 1)),
                ),
                Misconception(
                    "keeps all the likeliest",
                    "When several characters are equally likely and all below p you kept all of them; only the lowest id stays.",
                    lambda logits, p: _kept_where(
                        logits, (softmax(logits) >= p) | (logits == np.max(logits, axis=-1, keepdims=True))
                    ),
                ),
            ),
        ),
    ),
    others=(
        Rule("nucleus", "You kept the likeliest characters until they reach p, the crossing one too (top-p)", top_p_filter),
        Rule("min-p", "You compared with p times the largest probability (min-p)", min_p_filter),
    ),
    slips=(
        WHOLE_BATCH,
        Slip(
            "zero instead of -inf",
            "You set the removed logits to 0, but exp(0) = 1: they can still be drawn. Only the logit -inf has probability 0.",
            lambda right: lambda logits, p: np.where(np.isneginf(right(logits, p)), np.float32(0), logits),
        ),
        Slip(
            "probabilities",
            "You returned probabilities; a filter takes logits and gives logits, and leaves the kept ones untouched.",
            lambda right: lambda logits, p: softmax(right(logits, p)),
        ),
        Slip(
            "ties by higher id",
            "Of equally likely characters you preferred the higher id; the lower one stays longer.",
            lambda right: lambda logits, p: np.flip(right(np.flip(logits, axis=-1), p), axis=-1),
        ),
    ),
)
