"""Lesson 07: right answers written differently from the references, as a learner would write them, mostly with jnp."""

import itertools

import jax
import jax.numpy as jnp


def sequence_log_prob_at_once(log_probs, ids):
    return jnp.asarray(log_probs)[ids[:-1], ids[1:]].sum()


def sequence_log_prob_in_a_loop(log_probs, ids):
    total = 0.0
    for previous, following in itertools.pairwise(ids.tolist()):
        total += float(log_probs[previous, following])
    return total


def beam_search_with_arrays(log_probs, start, num_chars, num_beams):
    log_probs = jnp.asarray(log_probs)
    vocab_size = log_probs.shape[0]
    sequences = jnp.zeros((1, 0), dtype=int)
    scores, last = jnp.zeros(1), jnp.array([start])
    for _ in range(num_chars):
        candidates = (scores[:, None] + jnp.take(log_probs, last, axis=0)).ravel()
        scores, best = jax.lax.top_k(candidates, min(num_beams, candidates.size))
        parents, last = best // vocab_size, best % vocab_size
        sequences = jnp.concatenate([jnp.take(sequences, parents, axis=0), last[:, None]], axis=1)
    return sequences, scores


def beam_search_with_tuples(log_probs, start, num_chars, num_beams):
    table = log_probs.tolist()
    beams = {(): 0.0}
    for _ in range(num_chars):
        beams = {(*b, c): score + table[(start, *b)[-1]][c] for b, score in beams.items() for c in range(len(table))}
        beams = dict(sorted(beams.items(), key=lambda item: item[1], reverse=True)[:num_beams])
    return jnp.array(list(beams)), jnp.array(list(beams.values()))


def beam_search_with_a_choice_of_each_parent(log_probs, start, num_chars, num_beams):
    beams = [([], 0.0)]
    for _ in range(num_chars):
        chosen = []
        for text, score in beams:
            row = log_probs[text[-1] if text else start]
            for c in jnp.argsort(-row)[:num_beams].tolist():  # no parent can have more children than that among the best
                chosen.append((score + float(row[c]), [*text, c]))
        beams = [(text, score) for score, text in sorted(chosen, reverse=True)[:num_beams]]
    return jnp.array([text for text, _ in beams]), jnp.array([score for _, score in beams])


def length_normalised_in_logs(log_prob, length, alpha):
    return log_prob * jnp.exp(-alpha * jnp.log(length))


def length_normalised_by_a_negative_power(log_prob, length, alpha):
    return log_prob * length**-alpha


def viterbi_with_arrays(log_probs, start, num_chars):
    log_probs = jnp.asarray(log_probs)
    score = log_probs[start]
    parents = []
    for _ in range(num_chars - 1):
        candidates = score[:, None] + log_probs
        parents.append(jnp.argmax(candidates, axis=0))
        score = jnp.max(candidates, axis=0)
    path = [jnp.argmax(score)]
    for parent in reversed(parents):
        path.insert(0, parent[path[0]])
    return jnp.stack(path), score.max()


def viterbi_from_paths(log_probs, start, num_chars):
    table = log_probs.tolist()
    best = {start: (0.0, [])}  # for each last character the likeliest way to it
    for _ in range(num_chars):
        best = {
            c: max((score + table[previous][c], [*path, c]) for previous, (score, path) in best.items())
            for c in range(len(table))
        }
    log_prob, path = max(best.values())
    return jnp.array(path), log_prob


RIGHT_ANSWERS = {
    "sequence_log_prob": [sequence_log_prob_at_once, sequence_log_prob_in_a_loop],
    "beam_search": [beam_search_with_arrays, beam_search_with_tuples, beam_search_with_a_choice_of_each_parent],
    "length_normalised": [length_normalised_in_logs, length_normalised_by_a_negative_power],
    "viterbi": [viterbi_with_arrays, viterbi_from_paths],
}
