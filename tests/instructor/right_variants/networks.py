"""Problem set "networks": a right answer to each member, written differently from its reference."""

import math

import jax
import jax.numpy as jnp
import numpy as np


def distance(table, index):
    return jnp.linalg.norm(jnp.asarray(table) - jnp.asarray(table)[index], axis=-1)


def angle(table, index):
    """Row by row."""
    rows = np.asarray(table, dtype=float).tolist()
    one, angles = rows[index], []
    for row in rows:
        lengths = math.hypot(*row) * math.hypot(*one)
        cosine = sum(a * b for a, b in zip(row, one, strict=True)) / lengths if lengths else 0.0
        angles.append(math.degrees(math.acos(max(-1.0, min(1.0, cosine)))))
    return np.array(angles)


def shadow(table, index):
    one = jnp.asarray(table)[index]
    return jnp.einsum("vd,d->v", jnp.asarray(table), one) / jnp.sqrt(one @ one)


def residual(ids, table, W, b):
    x = jax.nn.one_hot(ids, len(table)) @ table
    return x + jax.nn.relu(jnp.matmul(x, W) + b)


def gated(ids, table, W, b):
    x = jnp.asarray(table)[ids]
    return x * jax.nn.sigmoid(x @ W + b)


def with_the_one_before(ids, table, W, b):
    rows = []
    for text in np.asarray(ids).tolist():
        x = np.asarray(table)[text]
        seen = [x[t] + (x[t - 1] if t else 0) for t in range(len(text))]
        rows.append([np.where(s @ W + b > 0, s @ W + b, 0.0) for s in seen])
    return np.array(rows)


RIGHT_VARIANTS = {
    "from_one_row": {"distance": distance, "angle": angle, "shadow": shadow},
    "hidden_layer": {"residual": residual, "gated": gated, "with the one before": with_the_one_before},
}
