"""Problem set "training_and_search", after lessons 05 and 07: losses, batches, optimiser steps, searches."""

import math

import numpy as np

from chargen_lib.exercises.cards import Misconception, Probe
from chargen_lib.instructor.variants.family import Family, Member, Rule, Slip

# --- padded_loss: which average -----------------------------------------------------------------------------------------


def per_character(logits, targets):
    logits, targets = np.asarray(logits, dtype=float), np.asarray(targets)
    logits = logits - logits.max(axis=-1, keepdims=True)
    log_probs = logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))
    real = targets != -1
    losses = -np.take_along_axis(log_probs, np.where(real, targets, 0)[..., None], axis=-1)[..., 0]  # (batch, time)
    return float(losses[real].mean())


def per_text(logits, targets):
    logits, targets = np.asarray(logits, dtype=float), np.asarray(targets)
    logits = logits - logits.max(axis=-1, keepdims=True)
    log_probs = logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))
    real = targets != -1
    losses = -np.take_along_axis(log_probs, np.where(real, targets, 0)[..., None], axis=-1)[..., 0]  # (batch, time)
    return float((losses * real).sum(axis=1).mean())


def mean_of_means(logits, targets):
    logits, targets = np.asarray(logits, dtype=float), np.asarray(targets)
    logits = logits - logits.max(axis=-1, keepdims=True)
    log_probs = logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))
    real = targets != -1
    losses = -np.take_along_axis(log_probs, np.where(real, targets, 0)[..., None], axis=-1)[..., 0]  # (batch, time)
    return float(((losses * real).sum(axis=1) / real.sum(axis=1)).mean())


def _padding_as_last(logits, targets):
    return per_character(logits, np.asarray(targets) % np.shape(logits)[-1])


def _padding_as_zero(logits, targets):
    return per_text(logits, targets) / np.shape(targets)[1]


def _softmax(logits):
    weights = np.exp(np.asarray(logits, dtype=float) - np.max(logits, axis=-1, keepdims=True))
    return weights / weights.sum(axis=-1, keepdims=True)


def _overflow(logits):
    """0, or NaN where a softmax overflows that does not take the largest logit away first."""
    with np.errstate(all="ignore"):
        sums = np.exp(np.asarray(logits, dtype=float)).sum()
        return float(sums - sums)


def _quiet(function, *args):
    with np.errstate(all="ignore"):
        return function(*args)


def padded_loss_probes(rng):
    targets = rng.integers(0, 5, size=(4, 6))
    targets[np.arange(6) >= np.array([[6], [2], [1], [4]])] = -1
    targets[:, 0] = [1, 0, 2, 4]
    example = np.array([[[0, 0], [2, 0], [1, 0]], [[0, 1], [3, 0], [0, 0]]], dtype=np.float32)
    large = np.array([[[1e4, 0, 5], [2, 1, 0]], [[0, 1, 3], [-1e4, 0, -1e4]]], dtype=np.float32)
    return [
        Probe((example, np.array([[0, 1, 0], [0, -1, -1]]))),
        Probe((large[:, :1], np.array([[0], [1]]))),
        Probe((large, np.array([[0, 2], [1, -1]]))),
        Probe((large, np.array([[1, -1], [0, 1]]))),
        Probe(((2 * rng.standard_normal((4, 6, 5))).astype(np.float32), targets)),
    ]


PADDED_LOSS = Family(
    function="padded_loss",
    title="A loss for texts of different lengths",
    lesson=5,
    points=3,
    minutes=10,
    difficulty=2,
    docstring="Cross-entropy without padding.  logits: (batch, time, V);  targets: (batch, time) ints, -1 is padding;  returns nats.",
    given="Each row of a batch is one text. The shorter ones are filled up with the target $-1$, which is no character: it must count "
    "nowhere. Each row has at least one real target, and 0 is a character like any other. The loss of a real target is "
    "$-\\ln p$ of it, in nats, with $p$ from the softmax of its logits, which may be as large as 10 000. Return one number:",
    probes=padded_loss_probes,
    members=(
        Member(
            name="per character",
            statement="the mean over all real targets of the batch together, so that every character counts alike.",
            hint="Put any id in place of -1, look up all the losses, then take the sum over the real ones and divide by how many there are.",
            reference=per_character,
            did="You averaged over all the real targets together",
            asked="here every real target of the batch counts alike",
        ),
        Member(
            name="per text",
            statement="for each text the *sum* of its losses, and of these the mean over the texts of the batch.",
            hint="Put any id in place of -1, look up all the losses, set those of the padding to 0, and sum along the time.",
            reference=per_text,
            did="You summed over each text and averaged the sums",
            asked="here the losses of a text are summed, and the sums averaged over the texts",
        ),
        Member(
            name="mean of means",
            statement="for each text the *mean* of its losses, and of these the mean over the texts of the batch, so that every text "
            "counts alike, long or short.",
            hint="Put any id in place of -1, look up all the losses, set those of the padding to 0, sum along the time, and divide "
            "each text's sum by how many real targets it has.",
            reference=mean_of_means,
            did="You took each text's own mean and averaged those",
            asked="here each text has its own mean, and all texts count alike",
        ),
    ),
    others=(
        Rule(
            "padding as a character",
            "You counted the padding: as an index, -1 silently means the last character",
            _padding_as_last,
        ),
        Rule("padding as zero loss", "You divided by all the places, padding included", _padding_as_zero),
    ),
    slips=(
        Slip(
            "bits",
            "Your loss is in bits; it is asked for in nats: use the natural logarithm.",
            lambda right: lambda logits, targets: right(logits, targets) / math.log(2),
        ),
        Slip(
            "sign",
            "Your loss is negative: it is minus the logarithm of the probability.",
            lambda right: lambda logits, targets: -right(logits, targets),
        ),
        Slip(
            "zero as padding",
            "You took 0 for padding too; 0 is a character, and only -1 is padding.",
            lambda right: lambda logits, targets: _quiet(right, logits, np.where(targets == 0, -1, targets)),
        ),
        Slip(
            "two softmaxes",
            "You took a softmax before a log_softmax, which has one in it. Give it the logits as they are.",
            lambda right: lambda logits, targets: right(_softmax(logits), targets),
        ),
        Slip(
            "overflows",
            "For logits such as 10 000 your loss is NaN: exp overflows. Use jax.nn.log_softmax, or subtract each row's largest logit.",
            lambda right: lambda logits, targets: right(logits, targets) + _overflow(logits),
        ),
    ),
)

# --- text_batches: which order ------------------------------------------------------------------------------------------


def streams(ids, batch_size, seq_len):
    ids = np.asarray(ids)
    num_batches = (len(ids) - 1) // (batch_size * seq_len)
    places = np.arange(num_batches * batch_size * seq_len).reshape(batch_size, num_batches, seq_len)
    places = places.swapaxes(0, 1)  # (num_batches, batch_size, seq_len)
    return ids[places], ids[places + 1]


def reading_order(ids, batch_size, seq_len):
    ids = np.asarray(ids)
    num_batches = (len(ids) - 1) // (batch_size * seq_len)
    places = np.arange(num_batches * batch_size * seq_len).reshape(num_batches, batch_size, seq_len)
    return ids[places], ids[places + 1]


def every_start(ids, batch_size, seq_len):
    ids = np.asarray(ids)
    num_batches = (len(ids) - seq_len) // batch_size
    starts = np.arange(num_batches * batch_size).reshape(num_batches, batch_size, 1)
    places = starts + np.arange(seq_len)  # (num_batches, batch_size, seq_len)
    return ids[places], ids[places + 1]


def _longer_stretches(ids, batch_size, seq_len):
    ids, length = np.asarray(ids), (len(ids) - 1) // batch_size
    starts = np.arange(batch_size)[:, None] * length + np.arange(length // seq_len) * seq_len
    places = starts.T[..., None] + np.arange(seq_len)
    return ids[places], ids[places + 1]


def _apart(ids, batch_size, seq_len):
    """In reading order, but cut as windows of seq_len + 1 characters."""
    ids = np.asarray(ids)
    num_batches = len(ids) // (batch_size * (seq_len + 1))
    windows = ids[: num_batches * batch_size * (seq_len + 1)].reshape(num_batches, batch_size, seq_len + 1)
    return windows[..., :-1], windows[..., 1:]


def _one_start_more(ids, batch_size, seq_len):
    ids = np.append(ids, ids[-1:])  # past the end JAX takes the last one again
    return every_start(ids, batch_size, seq_len)


def text_batches_probes(rng):
    return [
        Probe((np.arange(10, 19), 2, 2)),
        Probe((np.arange(20, 26), 1, 2)),
        Probe((np.arange(60, 84), 3, 2)),
        Probe((np.arange(40, 60), 2, 4)),
        Probe((rng.permutation(60), int(rng.integers(2, 5)), int(rng.integers(2, 5)))),
    ]


TEXT_BATCHES = Family(
    function="text_batches",
    title="A text cut into batches",
    lesson=5,
    points=3,
    minutes=12,
    difficulty=3,
    docstring="Batches of a text.  ids: (n,) ints;  returns inputs, targets: both (num_batches, batch_size, seq_len).",
    given="Cut a text of $n$ ids into batches, with nothing drawn at random. A row of a batch is a *window*: `seq_len` characters that "
    "follow each other in the text. The targets are the inputs moved on by one character, so the last target must still lie in "
    "the text. Make as many full batches as there are, drop what is left over at the end, and order the windows so:",
    probes=text_batches_probes,
    members=(
        Member(
            name="streams",
            statement="there are $(n - 1)$ // (`batch_size * seq_len`) batches, and row $r$ of a batch goes on *where row $r$ of the batch "
            "before it ended*. So each row, read from batch to batch, is one stretch of `num_batches * seq_len` characters: row 0 "
            "has the first stretch of the text, row 1 the stretch right after that, and so on.",
            hint="Number the places 0, 1, 2, ... and reshape them to (batch_size, num_batches, seq_len). Which two axes must change places?",
            reference=streams,
            did="You let each row go on where it ended in the batch before",
            asked="here row r goes on where row r of the batch before it ended",
            mistakes=(
                Misconception(
                    "longer stretches",
                    "Your stretches have (n - 1) // batch_size characters, so some are lost between the rows. They have exactly "
                    "num_batches * seq_len; all that is left over is at the end of the text.",
                    _longer_stretches,
                ),
                Misconception(
                    "rows first",
                    "Your stretches are right, but the first axis is the row: the shape is (num_batches, batch_size, seq_len).",
                    lambda *args: tuple(part.swapaxes(0, 1) for part in streams(*args)),
                ),
            ),
        ),
        Member(
            name="reading order",
            statement="there are $(n - 1)$ // (`batch_size * seq_len`) batches, and the windows stand in *reading order*: row 0 of batch 0 "
            "has the first `seq_len` characters of the text, row 1 the next `seq_len`, and after the last row of a batch the text "
            "goes on in row 0 of the next.",
            hint="Number the places 0, 1, 2, ... and reshape them to (num_batches, batch_size, seq_len). The targets are at the places + 1.",
            reference=reading_order,
            did="You put the windows in reading order, one after the other",
            asked="here the text goes on from row to row, and from the last row in the next batch",
            mistakes=(
                Misconception(
                    "windows of one more",
                    "You cut windows of seq_len + 1 characters, so one character in each is never an input. The last target of a window is "
                    "also the first input of the next.",
                    _apart,
                ),
            ),
        ),
        Member(
            name="every start",
            statement="windows *overlap*: one begins at each place of the text from which inputs and targets still fit, $n$ − `seq_len` in "
            "all. They stand in the order of their starts: row 0 of batch 0 begins at place 0, row 1 at place 1, and after the last "
            "row of a batch comes row 0 of the next. So there are ($n$ − `seq_len`) // `batch_size` batches.",
            hint="The starts are 0, 1, 2, ... in the shape (num_batches, batch_size, 1). Add `jnp.arange(seq_len)`.",
            reference=every_start,
            did="You let a window begin at every place",
            asked="here windows overlap, and the next one begins one character later",
            mistakes=(
                Misconception(
                    "never the last window",
                    "You left out the last window of the text: there are n - seq_len starts, from 0 to n - seq_len - 1.",
                    lambda ids, batch_size, seq_len: every_start(ids[:-1], batch_size, seq_len),
                ),
                Misconception(
                    "one start too many",
                    "Your last start is one too high: its last target lies past the end, and JAX silently takes the last character again.",
                    _one_start_more,
                ),
            ),
        ),
    ),
    slips=(
        Slip(
            "targets not shifted",
            "Your targets are the inputs themselves; each target is the character after its input.",
            lambda right: lambda *args: (right(*args)[0], right(*args)[0]),
        ),
        Slip(
            "shifted twice",
            "Your targets are two characters ahead of the inputs; shift by one.",
            lambda right: lambda ids, *sizes: (right(ids, *sizes)[0], right(np.append(ids[1:], ids[-1:]), *sizes)[1]),
        ),
        Slip(
            "inputs and targets swapped",
            "Your targets are one character behind the inputs. Return inputs, targets.",
            lambda right: lambda *args: right(*args)[::-1],
        ),
        Slip(
            "transposed",
            "Rows and columns of your batches are swapped: one window is one row, so the shape ends in (batch_size, seq_len).",
            lambda right: lambda *args: tuple(part.swapaxes(1, 2) for part in right(*args)),
        ),
        Slip(
            "last batch dropped",
            "The last full batch is missing; only what does not fill a batch is dropped.",
            lambda right: lambda *args: tuple(part[:-1] for part in right(*args)),
        ),
    ),
)

# --- momentum_step: which step ------------------------------------------------------------------------------------------


def heavy_ball(param, grad, m, lr, b):
    m = b * np.asarray(m) + np.asarray(grad)
    return np.asarray(param) - lr * m, m


def nesterov(param, grad, m, lr, b):
    grad = np.asarray(grad)
    m = b * np.asarray(m) + grad
    return np.asarray(param) - lr * (grad + b * m), m


def sign_of_average(param, grad, m, lr, b):
    m = b * np.asarray(m) + (1 - b) * np.asarray(grad)
    return np.asarray(param) - lr * np.sign(m), m


def _running_average(param, grad, m, lr, b):
    m = b * np.asarray(m) + (1 - b) * np.asarray(grad)
    return np.asarray(param) - lr * m, m


def momentum_step_probes(rng):
    def row(*numbers):
        return np.array(numbers, dtype=np.float32)

    param, grad, m = (rng.uniform(0.1, 1.0, size=(3, 2, 3)) * rng.choice([-1, 1], size=(3, 2, 3))).astype(np.float32)
    return [
        Probe((row(1, 2, 3), row(2, -1, 0), row(-1, 1, 0), 0.5, 0.5)),
        Probe((row(0, 0.1), row(0.5, -0.25), row(0, 0), 0.1, 0.9)),
        Probe((row(0.3, -0.2, 0), row(0.5, -2, 1), row(-3, 1, 4), 0.1, 0.75)),
        Probe((param, grad, m, 0.1, float(rng.uniform(0.6, 0.85)))),
    ]


MOMENTUM_STEP = Family(
    function="momentum_step",
    title="A step with momentum",
    lesson=5,
    points=2,
    minutes=8,
    difficulty=2,
    docstring="One step.  param, grad, m: arrays of one shape;  lr, b: floats;  returns the new param and the new m.",
    given="`m` is what an optimiser remembers of the gradients before, `grad` the gradient $g$ now, `lr` the learning rate, and `b` says how "
    "long the memory is, $0 < b < 1$. Return the new parameters and the new $m$:",
    probes=momentum_step_probes,
    members=(
        Member(
            name="heavy ball",
            statement="$m' = b \\, m + g$, and the parameters move by $-\\text{lr} \\cdot m'$.",
            hint="Two lines: the new m first, then the step with it.",
            reference=heavy_ball,
            did="You took the step with b * m + grad",
            asked="here the new m is b * m + grad, and the step is lr times that",
            mistakes=(
                Misconception(
                    "old m",
                    "You took the step with the old m. Update m with this gradient first, then use the new one.",
                    lambda param, grad, m, lr, b: (param - lr * m, heavy_ball(param, grad, m, lr, b)[1]),
                ),
            ),
        ),
        Member(
            name="nesterov",
            statement="$m' = b \\, m + g$, and the parameters move by $-\\text{lr} \\cdot (g + b \\, m')$: the step is already taken with the "
            "part of $m'$ that the next one will still remember (Nesterov's momentum).",
            hint="Three lines: the new m, then grad plus b times it, then the step.",
            reference=nesterov,
            did="You took the step with grad + b times the new m",
            asked="here the step is lr times (grad + b * m), with the new m",
            mistakes=(
                Misconception(
                    "m not shortened",
                    "You added the whole new m to the gradient; add b times it.",
                    lambda param, grad, m, lr, b: (
                        heavy_ball(param, grad, m, lr, b)[0] - lr * grad,
                        heavy_ball(param, grad, m, lr, b)[1],
                    ),
                ),
                Misconception(
                    "remembers the step",
                    "You kept grad + b * m as the new m. That is for the step only; what is remembered is b * m + grad.",
                    lambda param, grad, m, lr, b: (
                        nesterov(param, grad, m, lr, b)[0],
                        grad + b * nesterov(param, grad, m, lr, b)[1],
                    ),
                ),
            ),
        ),
        Member(
            name="sign of average",
            statement="$m' = b \\, m + (1 - b) \\, g$, and each parameter moves by $\\text{lr}$ *against the sign* of its $m'$, whatever its size "
            "(the sign of 0 is 0).",
            hint="`jnp.sign` gives -1, 0 or 1 for each entry.",
            reference=sign_of_average,
            did="You moved each parameter by lr against the sign of the average",
            asked="here m becomes b * m + (1 - b) * grad, and only its sign counts",
            mistakes=(
                Misconception(
                    "sign of the gradient",
                    "You took the sign of the gradient; take the sign of the new m.",
                    lambda param, grad, m, lr, b: (param - lr * np.sign(grad), sign_of_average(param, grad, m, lr, b)[1]),
                ),
                Misconception(
                    "remembers the sign",
                    "You kept the sign as the new m. It is for the step only; the average itself is remembered.",
                    lambda param, grad, m, lr, b: (
                        sign_of_average(param, grad, m, lr, b)[0],
                        np.sign(sign_of_average(param, grad, m, lr, b)[1]),
                    ),
                ),
            ),
        ),
    ),
    others=(
        Rule(
            "plain",
            "You took a plain step against the gradient and left m as it was",
            lambda param, grad, m, lr, b: (np.asarray(param) - lr * np.asarray(grad), np.asarray(m)),
        ),
        Rule("running average", "You took the step with the average b * m + (1 - b) * grad", _running_average),
    ),
    slips=(
        Slip(
            "uphill",
            "You added the step, so the loss grows. Go against the gradient: subtract it.",
            lambda right: lambda param, grad, m, lr, b: right(param, grad, m, -lr, b),
        ),
        Slip(
            "returns the given m",
            "The step is right, but you returned the m that you were given. Return the new one, or nothing is remembered.",
            lambda right: lambda param, grad, m, lr, b: (right(param, grad, m, lr, b)[0], np.asarray(m)),
        ),
        Slip(
            "forgets",
            "You began with an m of 0; go on from the m that is given.",
            lambda right: lambda param, grad, m, lr, b: right(param, grad, np.zeros_like(m), lr, b),
        ),
        Slip(
            "returns the change",
            "Your first value is the change alone; return the parameters after the change.",
            lambda right: lambda param, grad, m, lr, b: right(np.zeros_like(param), grad, m, lr, b),
        ),
        Slip(
            "b of its own",
            "You wrote the usual 0.9 into the function; use the b that is given.",
            lambda right: lambda param, grad, m, lr, b: right(param, grad, m, lr, 0.9),
        ),
    ),
)

# --- best_text: which text is looked for --------------------------------------------------------------------------------


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

FAMILIES = (PADDED_LOSS, TEXT_BATCHES, MOMENTUM_STEP, BEST_TEXT)
