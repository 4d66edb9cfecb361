"""The references of beam_search and viterbi, in the parts that their mistakes are made of too."""

import numpy as np

# A beam is a pair: its characters, and its score.

NOTHING_YET = ((), 0.0)


def row_of(log_probs, start, chars):
    """log p of each next character, after these."""
    return np.asarray(log_probs, dtype=float)[chars[-1] if chars else start].tolist()


def continued(log_probs, start, beams):
    """Every beam with every next character."""
    return [((*chars, c), score + log_p) for chars, score in beams for c, log_p in enumerate(row_of(log_probs, start, chars))]


def best_first(beams):
    return sorted(beams, key=lambda beam: -beam[1])


def packed(beams):
    return np.array([chars for chars, _ in beams]), np.array([score for _, score in beams])


def search(log_probs, start, num_chars, num_beams):
    beams = [NOTHING_YET]
    for _ in range(num_chars):
        beams = best_first(continued(log_probs, start, beams))[:num_beams]
    return beams


def beam_search(log_probs, start, num_chars, num_beams):
    return packed(search(log_probs, start, num_chars, num_beams))


def forward(log_probs, start, num_chars):
    """scores[t][c]: log p of the likeliest t + 1 characters that end in c; parents[t][c]: the one before c on that path."""
    log_probs = np.asarray(log_probs, dtype=float)
    scores, parents = [log_probs[start]], [np.full(len(log_probs), start)]
    for _ in range(num_chars - 1):
        through = scores[-1][:, None] + log_probs  # (previous, next)
        scores.append(through.max(axis=0))
        parents.append(through.argmax(axis=0))
    return scores, parents


def backward(last, parents):
    """The path to `last`, its end first."""
    path = [int(last)]
    for parent in parents[:0:-1]:
        path.append(int(parent[path[-1]]))
    return path


def viterbi(log_probs, start, num_chars):
    scores, parents = forward(log_probs, start, num_chars)
    path = backward(scores[-1].argmax(), parents)
    return np.array(path[::-1]), float(scores[-1].max())
