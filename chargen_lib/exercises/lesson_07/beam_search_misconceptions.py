"""What to tell who writes a wrong beam_search."""

from chargen_lib.exercises.engine.cards import Misconception
from chargen_lib.exercises.lesson_07 import wrong_beams as wrong

_GREEDY = (
    "You keep one text, and go on with its likeliest character. Keep num_beams of them: let all continuations of all beams compete, and "
    "keep the best num_beams."
)
_ONE_CHILD = (
    "Each of your beams goes on by itself with its best character. Let all continuations of all beams compete: one beam may have two "
    "children, and another none."
)

PARENTS = (
    "Your scores are right, but the new characters were put after whatever stood in that row. Fetch each one's parent first: "
    "sequences[parents], then append."
)

MISCONCEPTIONS = (
    Misconception(
        "copies of the start",
        "You began with num_beams copies of the start, so every beam finds the same text. Begin with one; the first step makes "
        "it several.",
        wrong.copies,
    ),
    Misconception(
        "one child for each beam",
        _ONE_CHILD,
        wrong.own_best,
    ),
    Misconception("greedy", _GREEDY, wrong.greedy),
    Misconception("greedy, no rows", _GREEDY, wrong.greedy_alone),
    Misconception("greedy, repeated", _GREEDY, wrong.greedy_repeated),
    Misconception(
        "the best alone",
        "You returned the best text alone. Return all num_beams of them, (B, num_chars), and their scores, (B,).",
        wrong.best_alone,
    ),
    Misconception(
        "children of the best alone",
        "You went on from the best beam alone, so the others are lost. Extend every beam by every character, and keep the best of all these.",
        wrong.children_of_the_best,
    ),
    Misconception(
        "always the first row",
        "You read log_probs[start] at every step. After the first step the row is that of the beam's last character.",
        wrong.always_the_first_row,
    ),
    Misconception("one child for each beam, not sorted", _ONE_CHILD, wrong.own_best_unsorted),
    Misconception(
        "no pruning",
        "You kept every continuation and chose at the very end: exact, but it grows as V to the power of the length. Beam search "
        "keeps num_beams after every step.",
        wrong.no_pruning,
    ),
    Misconception(
        "pruned at the end",
        "You kept the best children of every beam and chose only at the very end, so the beams become more and more. Keep the best num_beams "
        "of all after every step.",
        wrong.pruned_at_the_end,
    ),
    Misconception(
        "parent and character swapped",
        "In the flattened row // V is the parent and % V the character; you took them the other way round.",
        wrong.parent_and_character_swapped,
    ),
    Misconception(
        "last step only",
        "You ranked the beams by their last step alone. A beam's score is the sum of log p over all its steps: add the parent's score.",
        wrong.last_step,
    ),
    Misconception(
        "parents forgotten",
        PARENTS,
        wrong.no_parents,
    ),
    Misconception(
        "steps stacked",
        "You put the new characters of each step side by side, but the first beam of one step may go on from the second of the step "
        "before. Keep each text with its beam: sequences[parents], then append.",
        wrong.stacked,
    ),
    Misconception(
        "keeps the worst",
        "You kept the least likely texts: sorted() puts the smallest first, and of scores below 0 the largest is the best.",
        wrong.keeps_the_worst,
    ),
    Misconception(
        "shared list",
        "Your hypotheses share one list, so append changes all of them. Make a new list for each: chars + [c].",
        wrong.shared_list,
    ),
    Misconception("worst first", "Your beams are right but in the wrong order: put the best one first.", wrong.worst_first),
    Misconception(
        "start included",
        "Your sequences begin with `start`; return only the num_chars new characters.",
        wrong.with_start,
    ),
    Misconception(
        "probabilities", "Your scores are probabilities; a score is the sum of log p, without the exp.", wrong.probabilities
    ),
    Misconception("average", "You divided the scores by the length; here a score is the plain sum of log p.", wrong.averages),
    Misconception(
        "never more beams than characters",
        "You never have more beams than the vocabulary has characters. After two steps there are V * V candidates: ask again at "
        "each step how many there are.",
        wrong.few,
    ),
    Misconception(
        "too few candidates raises",
        "When there are fewer candidates than num_beams an error is raised (jax.lax.top_k does that). Keep all there are: "
        "min(num_beams, number of candidates).",
        wrong.raises,
    ),
    Misconception(
        "scores as keys",
        "Two texts can have one score, and under a score a dict keeps only one of them. Keep pairs in a list, or make the text the key.",
        wrong.scores_as_keys,
    ),
    Misconception(
        "one for each end",
        "You kept one text for each last character, as Viterbi does. Beam search keeps the best of all, even if they end alike.",
        wrong.each_end,
    ),
    Misconception(
        "the fables' V",
        "You divided by the V of the fables, which the notebook holds. This table has its own: len(log_probs).",
        wrong.lessons_v,
    ),
    Misconception(
        "begins at 1",
        "Your scores are 1 too high. A text without a character has probability 1, and ln 1 = 0: begin with 0.",
        wrong.begins_at_1,
    ),
    Misconception(
        "logarithms multiplied",
        "You multiplied the logarithms. Probabilities multiply; their logarithms add: begin with 0, and add each step's.",
        wrong.multiplies,
    ),
    Misconception("transposed", "You read the table as [next, previous]; the row is the character before.", wrong.transposed),
)
