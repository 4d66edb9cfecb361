"""adam_step: its reference, what it is tried on, and the wrong answers with names."""

from types import SimpleNamespace

import numpy as np

from chargen_lib.exercises.engine.cards import Exercise, Misconception, Probe


def adam_step(param, grad, m, v, step, lr=1e-3, b1=0.9, b2=0.999, eps=1e-8):
    param, grad, m, v = (np.asarray(a, dtype=float) for a in (param, grad, m, v))
    m = b1 * m + (1 - b1) * grad
    v = b2 * v + (1 - b2) * grad**2
    m_hat = m / (1 - b1**step)
    v_hat = v / (1 - b2**step)
    return param - lr * m_hat / (np.sqrt(v_hat) + eps), m, v


def adam_probes(rng):
    def row(*numbers):
        return np.array(numbers, dtype=np.float32)

    zeros = np.zeros(4, dtype=np.float32)
    running = row(0.1, -0.3, 0.2, 0), row(0.04, 0.1, 0.09, 0)
    drawn = (0.5 * rng.standard_normal((3, 2, 3))).astype(np.float32)  # (param, grad and m; 2, 3)
    drawn_v = (drawn[2] ** 2 + rng.uniform(0.1, 0.5, size=(2, 3))).astype(np.float32)
    return [
        Probe((row(0, 0.01, -0.01, 0.02), row(0.5, -2, 0.25, 0), zeros, zeros, 1)),
        Probe((row(0, 0.1, -0.1, 0.2), row(0.5, -0.25, -1, 0), *running, 2, 0.1)),
        Probe((row(0, 0.1, -0.1, 0.2), row(0.5, -0.25, -1, 0), *running, 3, 0.05, 0.8, 0.95, 0.125)),
        Probe((*drawn, drawn_v, 10, 0.1)),
        Probe((*drawn, drawn_v, 50, 0.1, float(rng.uniform(0.5, 0.9)), 0.99, 1e-3)),
    ]


def _slip(wrong):
    """The mistake wrong(a), where `a` has all that was given as floats, and what a right answer computes on its way."""

    def mistaken(param, grad, m, v, step, lr=1e-3, b1=0.9, b2=0.999, eps=1e-8):
        right, new_m, new_v = adam_step(param, grad, m, v, step, lr, b1, b2, eps)
        param, grad, m, v = (np.asarray(given, dtype=float) for given in (param, grad, m, v))
        m_hat, v_hat = new_m / (1 - b1**step), new_v / (1 - b2**step)
        settings = {"step": step, "lr": lr, "b1": b1, "b2": b2, "eps": eps}
        a = SimpleNamespace(
            param=param, grad=grad, old_m=m, old_v=v, m=new_m, v=new_v, m_hat=m_hat, v_hat=v_hat, right=right, **settings
        )
        with np.errstate(all="ignore"):
            return wrong(a)

    return mistaken


def _set(changed):
    """The right step with other settings: changed(settings) is a dict of those that differ."""

    def mistaken(param, grad, m, v, step, lr=1e-3, b1=0.9, b2=0.999, eps=1e-8):
        settings = {"step": step, "lr": lr, "b1": b1, "b2": b2, "eps": eps}
        with np.errstate(all="ignore"):
            return adam_step(param, grad, m, v, **(settings | changed(settings)))

    return mistaken


def _moved(a, m_hat, v_hat):
    return a.param - a.lr * m_hat / (np.sqrt(v_hat) + a.eps), a.m, a.v


def _averaged(a, m, v):
    """With other averages of the gradients and their squares."""
    a.m, a.v = m, v
    return _moved(a, m / (1 - a.b1**a.step), v / (1 - a.b2**a.step))


def _with_squares(a, squares):
    return _averaged(a, a.m, a.b2 * a.old_v + (1 - a.b2) * squares)


ADAM_STEP = Exercise(
    name="adam_step",
    lesson=5,
    points=3,
    minutes=15,
    difficulty=3,
    hint="m averages the gradients and v their squares. Both begin at 0, so divide each by 1 - b**step, on the side, before the step is "
    "taken. Return m and v themselves.",
    reference=adam_step,
    probes=adam_probes,
    misconceptions=(
        Misconception(
            "no bias correction",
            "m and v begin at 0 and are too small at first. Divide m by 1 - b1**step and v by 1 - b2**step before you use them.",
            _slip(lambda a: _moved(a, a.m, a.v)),
        ),
        Misconception(
            "only m corrected",
            "You corrected m alone. v began at 0 too, and stays too small for longer: divide it by 1 - b2**step.",
            _slip(lambda a: _moved(a, a.m_hat, a.v)),
        ),
        Misconception(
            "only v corrected",
            "You corrected v alone. m began at 0 too: divide it by 1 - b1**step.",
            _slip(lambda a: _moved(a, a.m, a.v_hat)),
        ),
        Misconception(
            "step counted from zero",
            "You corrected with step + 1; `step` is 1 at the first step already.",
            _set(lambda s: {"step": s["step"] + 1}),
        ),
        Misconception(
            "corrected without the step",
            "You divided by 1 - b at every step. The correction fades as training goes on: 1 - b**step.",
            _slip(lambda a: _moved(a, a.m / (1 - a.b1), a.v / (1 - a.b2))),
        ),
        Misconception(
            "epsilon inside the root",
            "Your epsilon is inside the root; add it after the root: sqrt(v_hat) + eps.",
            _slip(lambda a: (a.param - a.lr * a.m_hat / np.sqrt(a.v_hat + a.eps), a.m, a.v)),
        ),
        Misconception(
            "epsilon before the correction",
            "You added eps to the root of v and corrected afterwards, so eps counts for more than it should. Correct v first, then take the root, then "
            "add eps.",
            _slip(lambda a: (a.param - a.lr * a.m_hat * np.sqrt(1 - a.b2**a.step) / (np.sqrt(a.v) + a.eps), a.m, a.v)),
        ),
        Misconception(
            "no epsilon",
            "Where every gradient so far was 0 you divide 0 by 0, which is NaN. Add eps to the root.",
            _set(lambda s: {"eps": 0.0}),
        ),
        Misconception(
            "no root",
            "You divided by v_hat; v averages squares, so take its square root first.",
            _slip(lambda a: (a.param - a.lr * a.m_hat / (a.v_hat + a.eps), a.m, a.v)),
        ),
        Misconception(
            "gradient not squared",
            "v averages the squares of the gradient, and you averaged the gradient itself.",
            _slip(lambda a: _with_squares(a, a.grad)),
        ),
        Misconception(
            "b1 and b2 swapped",
            "b1 and b2 have changed places: b1 belongs to m, the gradients, and b2 to v, their squares.",
            _set(lambda s: {"b1": s["b2"], "b2": s["b1"]}),
        ),
        Misconception(
            "b1 and b2 swapped in the averages",
            "In the running averages b1 and b2 have changed places: b1 belongs to m, the gradients, and b2 to v, their squares.",
            _slip(
                lambda a: _averaged(a, a.b2 * a.old_m + (1 - a.b2) * a.grad, a.b1 * a.old_v + (1 - a.b1) * a.grad**2),
            ),
        ),
        Misconception(
            "b1 and b2 swapped in the correction",
            "In the bias correction b1 and b2 have changed places: divide m by 1 - b1**step, and v by 1 - b2**step.",
            _slip(lambda a: _moved(a, a.m / (1 - a.b2**a.step), a.v / (1 - a.b1**a.step))),
        ),
        Misconception(
            "shares swapped",
            "You gave the new gradient the share b. The share b is for what was there, and only 1 - b is new: b * m + (1 - b) * grad.",
            _slip(lambda a: _averaged(a, (1 - a.b1) * a.old_m + a.b1 * a.grad, (1 - a.b2) * a.old_v + a.b2 * a.grad**2)),
        ),
        Misconception(
            "mean of the squares",
            "You averaged the squares over the whole array, so all entries share one v. Every entry has its own: square entry by entry.",
            _slip(lambda a: _with_squares(a, np.mean(a.grad**2))),
        ),
        Misconception(
            "sum of the squares",
            "You summed the squares over the whole array, so all entries share one v. Every entry has its own: square entry by entry.",
            _slip(lambda a: _with_squares(a, np.sum(a.grad**2))),
        ),
        Misconception(
            "square of m",
            "You put the square of m into v. v averages the squares of the gradients: grad**2.",
            _slip(lambda a: _with_squares(a, a.m**2)),
        ),
        Misconception(
            "uphill",
            "You added the step, so the loss grows. Go against the gradient: subtract it.",
            _set(lambda s: {"lr": -s["lr"]}),
        ),
        Misconception(
            "old moments",
            "You took the step with the old m and v. Update both with this gradient first, then use the new ones.",
            _slip(lambda a: _moved(a, a.old_m / (1 - a.b1**a.step), a.old_v / (1 - a.b2**a.step))),
        ),
        Misconception(
            "returns corrected moments",
            "You returned m_hat and v_hat, so the next step would correct them once more. Return m and v as they are.",
            _slip(lambda a: (a.right, a.m_hat, a.v_hat)),
        ),
        Misconception(
            "returns the given moments",
            "The step is right, but you returned the m and v that you were given. Return the new ones, or Adam never remembers.",
            _slip(lambda a: (a.right, a.old_m, a.old_v)),
        ),
        Misconception(
            "sums instead of averages",
            "You added the whole gradient. A running average takes the share 1 - b of what is new: b * m + (1 - b) * grad.",
            _slip(lambda a: _averaged(a, a.b1 * a.old_m + a.grad, a.b2 * a.old_v + a.grad**2)),
        ),
        Misconception(
            "fixed settings",
            "You wrote the usual numbers into the function. Use the lr, b1, b2 and eps that are given.",
            _set(lambda s: {"lr": 1e-3, "b1": 0.9, "b2": 0.999, "eps": 1e-8}),
        ),
        Misconception(
            "the rate of the lesson's example",
            "You wrote the rate 0.01 of the example into the function. Use the lr that is given.",
            _set(lambda s: {"lr": 0.01}),
        ),
        Misconception(
            "the usual rate",
            "You wrote the rate 0.001 into the function, which is only the default. Use the lr that is given.",
            _set(lambda s: {"lr": 1e-3}),
        ),
        Misconception(
            "the usual b1 and b2",
            "You wrote 0.9 and 0.999 into the function, which are only the defaults. Use the b1 and b2 that are given.",
            _set(lambda s: {"b1": 0.9, "b2": 0.999}),
        ),
        Misconception(
            "the usual epsilon",
            "You wrote 1e-8 into the function, which is only the default. Use the eps that is given.",
            _set(lambda s: {"eps": 1e-8}),
        ),
        Misconception(
            "returns the change",
            "Your first value is the change alone; return the parameter after the change: param minus the step.",
            _slip(lambda a: (a.right - a.param, a.m, a.v)),
        ),
    ),
)
