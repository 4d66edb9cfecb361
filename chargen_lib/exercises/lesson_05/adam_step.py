"""adam_step: its card, what it is tried on, and what to say of a wrong answer."""

import numpy as np

from chargen_lib.exercises.engine.cards import Exercise, Misconception, Probe
from chargen_lib.exercises.lesson_05.adam_steps import adam_step, averaged, moved, other_settings, slip, with_squares


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
            slip(lambda a: moved(a, a.m, a.v)),
        ),
        Misconception(
            "only m corrected",
            "You corrected m alone. v began at 0 too, and stays too small for longer: divide it by 1 - b2**step.",
            slip(lambda a: moved(a, a.m_hat, a.v)),
        ),
        Misconception(
            "only v corrected",
            "You corrected v alone. m began at 0 too: divide it by 1 - b1**step.",
            slip(lambda a: moved(a, a.m, a.v_hat)),
        ),
        Misconception(
            "step counted from zero",
            "You corrected with step + 1; `step` is 1 at the first step already.",
            other_settings(lambda s: {"step": s["step"] + 1}),
        ),
        Misconception(
            "step counted from minus one",
            "You corrected with step - 1, and at the first step that divides by 0. `step` is 1 there: use it as it is.",
            other_settings(lambda s: {"step": s["step"] - 1}),
        ),
        Misconception(
            "corrected without the step",
            "You divided by 1 - b at every step. The correction fades as training goes on: 1 - b**step.",
            slip(lambda a: moved(a, a.m / (1 - a.b1), a.v / (1 - a.b2))),
        ),
        Misconception(
            "epsilon inside the root",
            "Your epsilon is inside the root; add it after the root: sqrt(v_hat) + eps.",
            slip(lambda a: (a.param - a.lr * a.m_hat / np.sqrt(a.v_hat + a.eps), a.m, a.v)),
        ),
        Misconception(
            "epsilon before the correction",
            "You added eps to the root of v and corrected afterwards, so eps counts for more than it should. Correct v first, then take the root, then "
            "add eps.",
            slip(lambda a: (a.param - a.lr * a.m_hat * np.sqrt(1 - a.b2**a.step) / (np.sqrt(a.v) + a.eps), a.m, a.v)),
        ),
        Misconception(
            "no epsilon",
            "Where every gradient so far was 0 you divide 0 by 0, which is NaN. Add eps to the root.",
            other_settings(lambda s: {"eps": 0.0}),
        ),
        Misconception(
            "no root",
            "You divided by v_hat; v averages squares, so take its square root first.",
            slip(lambda a: (a.param - a.lr * a.m_hat / (a.v_hat + a.eps), a.m, a.v)),
        ),
        Misconception(
            "gradient not squared",
            "v averages the squares of the gradient, and you averaged the gradient itself.",
            slip(lambda a: with_squares(a, a.grad)),
        ),
        Misconception(
            "b1 and b2 swapped",
            "b1 and b2 have changed places: b1 belongs to m, the gradients, and b2 to v, their squares.",
            other_settings(lambda s: {"b1": s["b2"], "b2": s["b1"]}),
        ),
        Misconception(
            "b1 and b2 swapped in the averages",
            "In the running averages b1 and b2 have changed places: b1 belongs to m, the gradients, and b2 to v, their squares.",
            slip(
                lambda a: averaged(a, a.b2 * a.old_m + (1 - a.b2) * a.grad, a.b1 * a.old_v + (1 - a.b1) * a.grad**2),
            ),
        ),
        Misconception(
            "b1 and b2 swapped in the correction",
            "In the bias correction b1 and b2 have changed places: divide m by 1 - b1**step, and v by 1 - b2**step.",
            slip(lambda a: moved(a, a.m / (1 - a.b2**a.step), a.v / (1 - a.b1**a.step))),
        ),
        Misconception(
            "shares swapped",
            "You gave the new gradient the share b. The share b is for what was there, and only 1 - b is new: b * m + (1 - b) * grad.",
            slip(lambda a: averaged(a, (1 - a.b1) * a.old_m + a.b1 * a.grad, (1 - a.b2) * a.old_v + a.b2 * a.grad**2)),
        ),
        Misconception(
            "mean of the squares",
            "You averaged the squares over the whole array, so all entries share one v. Every entry has its own: square entry by entry.",
            slip(lambda a: with_squares(a, np.mean(a.grad**2))),
        ),
        Misconception(
            "sum of the squares",
            "You summed the squares over the whole array, so all entries share one v. Every entry has its own: square entry by entry.",
            slip(lambda a: with_squares(a, np.sum(a.grad**2))),
        ),
        Misconception(
            "square of m",
            "You put the square of m into v. v averages the squares of the gradients: grad**2.",
            slip(lambda a: with_squares(a, a.m**2)),
        ),
        Misconception(
            "plain step",
            "That is a plain step, param - lr * grad. Adam goes by averages: lr * m_hat / (sqrt(v_hat) + eps).",
            slip(lambda a: (a.param - a.lr * a.grad, a.m, a.v)),
        ),
        Misconception(
            "momentum alone",
            "You stepped by m_hat alone; divide it by sqrt(v_hat) + eps, so that every entry has a step of its own size.",
            slip(lambda a: (a.param - a.lr * a.m_hat, a.m, a.v)),
        ),
        Misconception(
            "sign of the gradient",
            "You stepped by the sign of the gradient. The step is lr * m_hat / (sqrt(v_hat) + eps).",
            slip(lambda a: (a.param - a.lr * np.sign(a.grad), a.m, a.v)),
        ),
        Misconception(
            "gradient in place of its average",
            "You divided the gradient itself; divide its running average, m_hat, by sqrt(v_hat) + eps.",
            slip(lambda a: moved(a, a.grad, a.v_hat)),
        ),
        Misconception(
            "size of the gradient",
            "You averaged the size of the gradient (abs) in v; v averages its square.",
            slip(lambda a: with_squares(a, np.abs(a.grad))),
        ),
        Misconception(
            "b1 in both corrections",
            "You corrected v with b1 as well. v is averaged with b2: divide it by 1 - b2**step.",
            slip(lambda a: moved(a, a.m_hat, a.v / (1 - a.b1**a.step))),
        ),
        Misconception(
            "squares summed",
            "You added the whole square to v. A running average takes the share 1 - b2 of what is new: b2 * v + (1 - b2) * grad**2.",
            slip(lambda a: averaged(a, a.m, a.b2 * a.old_v + a.grad**2)),
        ),
        Misconception(
            "epsilon after the division",
            "Your eps is added after the division: / and * come before +. Put the divisor in brackets: (sqrt(v_hat) + eps).",
            slip(lambda a: (a.param - a.lr * a.m_hat / np.sqrt(a.v_hat) + a.eps, a.m, a.v)),
        ),
        Misconception(
            "parameter averaged",
            "You averaged the parameter in m; m averages the gradients.",
            slip(lambda a: averaged(a, a.b1 * a.old_m + (1 - a.b1) * a.param, a.v)),
        ),
        Misconception(
            "uphill",
            "You added the step, so the loss grows. Go against the gradient: subtract it.",
            other_settings(lambda s: {"lr": -s["lr"]}),
        ),
        Misconception(
            "old moments",
            "You took the step with the old m and v. Update both with this gradient first, then use the new ones.",
            slip(lambda a: moved(a, a.old_m / (1 - a.b1**a.step), a.old_v / (1 - a.b2**a.step))),
        ),
        Misconception(
            "returns corrected moments",
            "You returned m_hat and v_hat, so the next step would correct them once more. Return m and v as they are.",
            slip(lambda a: (a.right, a.m_hat, a.v_hat)),
        ),
        Misconception(
            "returns the given moments",
            "The step is right, but you returned the m and v that you were given. Return the new ones, or Adam never remembers.",
            slip(lambda a: (a.right, a.old_m, a.old_v)),
        ),
        Misconception(
            "sums instead of averages",
            "You added the whole gradient. A running average takes the share 1 - b of what is new: b * m + (1 - b) * grad.",
            slip(lambda a: averaged(a, a.b1 * a.old_m + a.grad, a.b2 * a.old_v + a.grad**2)),
        ),
        Misconception(
            "fixed settings",
            "You wrote the usual numbers into the function. Use the lr, b1, b2 and eps that are given.",
            other_settings(lambda s: {"lr": 1e-3, "b1": 0.9, "b2": 0.999, "eps": 1e-8}),
        ),
        Misconception(
            "the rate of the lesson's example",
            "You wrote the rate 0.01 of the example into the function. Use the lr that is given.",
            other_settings(lambda s: {"lr": 0.01}),
        ),
        Misconception(
            "the usual rate",
            "You wrote the rate 0.001 into the function, which is only the default. Use the lr that is given.",
            other_settings(lambda s: {"lr": 1e-3}),
        ),
        Misconception(
            "the usual b1 and b2",
            "You wrote 0.9 and 0.999 into the function, which are only the defaults. Use the b1 and b2 that are given.",
            other_settings(lambda s: {"b1": 0.9, "b2": 0.999}),
        ),
        Misconception(
            "the usual epsilon",
            "You wrote 1e-8 into the function, which is only the default. Use the eps that is given.",
            other_settings(lambda s: {"eps": 1e-8}),
        ),
        Misconception(
            "returns the change",
            "Your first value is the change alone; return the parameter after the change: param minus the step.",
            slip(lambda a: (a.right - a.param, a.m, a.v)),
        ),
    ),
)
