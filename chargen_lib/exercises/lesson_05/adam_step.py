"""adam_step: its reference, what it is tried on, and the wrong answers with names."""

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


def _adam_uncorrected(param, grad, m, v, step, lr=1e-3, b1=0.9, b2=0.999, eps=1e-8):
    _, m, v = adam_step(param, grad, m, v, step, lr, b1, b2, eps)
    return np.asarray(param) - lr * m / (np.sqrt(v) + eps), m, v


def _adam_from_zero(param, grad, m, v, step, lr=1e-3, b1=0.9, b2=0.999, eps=1e-8):
    return adam_step(param, grad, m, v, step + 1, lr, b1, b2, eps)


def _adam_corrected_once(param, grad, m, v, step, lr=1e-3, b1=0.9, b2=0.999, eps=1e-8):
    _, m, v = adam_step(param, grad, m, v, step, lr, b1, b2, eps)
    m_hat, v_hat = m / (1 - b1), v / (1 - b2)
    return np.asarray(param) - lr * m_hat / (np.sqrt(v_hat) + eps), m, v


def _adam_eps_inside(param, grad, m, v, step, lr=1e-3, b1=0.9, b2=0.999, eps=1e-8):
    _, m, v = adam_step(param, grad, m, v, step, lr, b1, b2, eps)
    m_hat, v_hat = m / (1 - b1**step), v / (1 - b2**step)
    return np.asarray(param) - lr * m_hat / np.sqrt(v_hat + eps), m, v


def _adam_no_eps(param, grad, m, v, step, lr=1e-3, b1=0.9, b2=0.999, eps=1e-8):
    with np.errstate(invalid="ignore"):
        return adam_step(param, grad, m, v, step, lr, b1, b2, 0.0)


def _adam_no_root(param, grad, m, v, step, lr=1e-3, b1=0.9, b2=0.999, eps=1e-8):
    _, m, v = adam_step(param, grad, m, v, step, lr, b1, b2, eps)
    m_hat, v_hat = m / (1 - b1**step), v / (1 - b2**step)
    return np.asarray(param) - lr * m_hat / (v_hat + eps), m, v


def _adam_no_square(param, grad, m, v, step, lr=1e-3, b1=0.9, b2=0.999, eps=1e-8):
    _, m, _ = adam_step(param, grad, m, v, step, lr, b1, b2, eps)
    v = b2 * np.asarray(v, dtype=float) + (1 - b2) * np.asarray(grad, dtype=float)
    with np.errstate(invalid="ignore"):
        return np.asarray(param) - lr * m / (1 - b1**step) / (np.sqrt(v / (1 - b2**step)) + eps), m, v


def _adam_swapped(param, grad, m, v, step, lr=1e-3, b1=0.9, b2=0.999, eps=1e-8):
    return adam_step(param, grad, m, v, step, lr, b2, b1, eps)


def _adam_uphill(param, grad, m, v, step, lr=1e-3, b1=0.9, b2=0.999, eps=1e-8):
    return adam_step(param, grad, m, v, step, -lr, b1, b2, eps)


def _adam_old_moments(param, grad, m, v, step, lr=1e-3, b1=0.9, b2=0.999, eps=1e-8):
    _, new_m, new_v = adam_step(param, grad, m, v, step, lr, b1, b2, eps)
    m_hat, v_hat = np.asarray(m) / (1 - b1**step), np.asarray(v) / (1 - b2**step)
    return np.asarray(param) - lr * m_hat / (np.sqrt(v_hat) + eps), new_m, new_v


def _adam_keeps_corrected(param, grad, m, v, step, lr=1e-3, b1=0.9, b2=0.999, eps=1e-8):
    param, m, v = adam_step(param, grad, m, v, step, lr, b1, b2, eps)
    return param, m / (1 - b1**step), v / (1 - b2**step)


def _adam_given_moments(param, grad, m, v, step, lr=1e-3, b1=0.9, b2=0.999, eps=1e-8):
    return adam_step(param, grad, m, v, step, lr, b1, b2, eps)[0], np.asarray(m), np.asarray(v)


def _adam_running_sums(param, grad, m, v, step, lr=1e-3, b1=0.9, b2=0.999, eps=1e-8):
    m = b1 * np.asarray(m, dtype=float) + grad
    v = b2 * np.asarray(v, dtype=float) + np.asarray(grad, dtype=float) ** 2
    m_hat, v_hat = m / (1 - b1**step), v / (1 - b2**step)
    return np.asarray(param) - lr * m_hat / (np.sqrt(v_hat) + eps), m, v


def _adam_fixed_settings(param, grad, m, v, step, lr=1e-3, b1=0.9, b2=0.999, eps=1e-8):
    return adam_step(param, grad, m, v, step)


def _adam_update_only(param, grad, m, v, step, lr=1e-3, b1=0.9, b2=0.999, eps=1e-8):
    return adam_step(np.zeros_like(param), grad, m, v, step, lr, b1, b2, eps)


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
            _adam_uncorrected,
        ),
        Misconception(
            "step counted from zero",
            "You corrected with step + 1; `step` is 1 at the first step already.",
            _adam_from_zero,
        ),
        Misconception(
            "corrected without the step",
            "You divided by 1 - b at every step. The correction fades as training goes on: 1 - b**step.",
            _adam_corrected_once,
        ),
        Misconception(
            "epsilon inside the root",
            "Your epsilon is inside the root; add it after the root: sqrt(v_hat) + eps.",
            _adam_eps_inside,
        ),
        Misconception(
            "no epsilon",
            "Where every gradient so far was 0 you divide 0 by 0, which is NaN. Add eps to the root.",
            _adam_no_eps,
        ),
        Misconception("no root", "You divided by v_hat; v averages squares, so take its square root first.", _adam_no_root),
        Misconception(
            "gradient not squared",
            "v averages the squares of the gradient, and you averaged the gradient itself.",
            _adam_no_square,
        ),
        Misconception(
            "b1 and b2 swapped",
            "b1 and b2 have changed places: b1 belongs to m, the gradients, and b2 to v, their squares.",
            _adam_swapped,
        ),
        Misconception("uphill", "You added the step, so the loss grows. Go against the gradient: subtract it.", _adam_uphill),
        Misconception(
            "old moments",
            "You took the step with the old m and v. Update both with this gradient first, then use the new ones.",
            _adam_old_moments,
        ),
        Misconception(
            "returns corrected moments",
            "You returned m_hat and v_hat, so the next step would correct them once more. Return m and v as they are.",
            _adam_keeps_corrected,
        ),
        Misconception(
            "returns the given moments",
            "The step is right, but you returned the m and v that you were given. Return the new ones, or Adam never remembers.",
            _adam_given_moments,
        ),
        Misconception(
            "sums instead of averages",
            "You added the whole gradient. A running average takes the share 1 - b of what is new: b * m + (1 - b) * grad.",
            _adam_running_sums,
        ),
        Misconception(
            "fixed settings",
            "You wrote the usual numbers into the function. Use the lr, b1, b2 and eps that were given.",
            _adam_fixed_settings,
        ),
        Misconception(
            "returns the change",
            "Your first value is the change alone; return the parameter after the change: param minus the step.",
            _adam_update_only,
        ),
    ),
)
