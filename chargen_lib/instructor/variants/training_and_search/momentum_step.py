"""momentum_step: which step."""

import numpy as np

from chargen_lib.exercises.engine.cards import Misconception, Probe
from chargen_lib.instructor.variants.family import Family, Member, Rule, Slip


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
