"""A step of Adam, as it is right and as it is written when it is wrong."""

from types import SimpleNamespace

import numpy as np


def adam_step(param, grad, m, v, step, lr=1e-3, b1=0.9, b2=0.999, eps=1e-8):
    param, grad, m, v = (np.asarray(a, dtype=float) for a in (param, grad, m, v))
    m = b1 * m + (1 - b1) * grad
    v = b2 * v + (1 - b2) * grad**2
    m_hat = m / (1 - b1**step)
    v_hat = v / (1 - b2**step)
    return param - lr * m_hat / (np.sqrt(v_hat) + eps), m, v


def slip(wrong):
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


def other_settings(changed):
    """The right step with other settings: changed(settings) is a dict of those that differ."""

    def mistaken(param, grad, m, v, step, lr=1e-3, b1=0.9, b2=0.999, eps=1e-8):
        settings = {"step": step, "lr": lr, "b1": b1, "b2": b2, "eps": eps}
        with np.errstate(all="ignore"):
            return adam_step(param, grad, m, v, **(settings | changed(settings)))

    return mistaken


def moved(a, m_hat, v_hat):
    return a.param - a.lr * m_hat / (np.sqrt(v_hat) + a.eps), a.m, a.v


def averaged(a, m, v):
    """With other averages of the gradients and their squares."""
    a.m, a.v = m, v
    return moved(a, m / (1 - a.b1**a.step), v / (1 - a.b2**a.step))


def with_squares(a, squares):
    return averaged(a, a.m, a.b2 * a.old_v + (1 - a.b2) * squares)
