// The same cuts as chargen_lib.sampling, decided as it decides them, in its float32: Math.fround rounds to that.

const ROUNDING = 1e-6; // as in chargen_lib.sampling: six twelfths are a half

/** z / T.  T = 0: the likeliest alone, of equals the first.  T = infinity: all that are possible, equally. */
export function applyTemperature(logits, temperature) {
  const likeliest = byLikelihood(logits)[0];
  if (temperature === 0) return logits.map((_, id) => (id === likeliest ? 0 : -Infinity));
  // Infinity, which begins where 1 / T is nothing in float32.
  if (temperature >= 2 ** 126) return logits.map((logit) => (logit === -Infinity ? -Infinity : 0));
  const divisor = Math.fround(Math.max(temperature, 2 ** -126)); // float32 has no smaller one
  return logits.map((logit) => Math.fround(logit / divisor));
}

/** Keep the k likeliest; of equals the first. */
export function topK(logits, k) {
  const kept = new Set(byLikelihood(logits).slice(0, k));
  return logits.map((logit, id) => (kept.has(id) ? logit : -Infinity));
}

/** Keep the likeliest until their probabilities reach p, but for rounding; the one that crosses p is kept. */
export function topP(logits, p) {
  if (p === 1) return logits;
  const probs = probabilities(logits, 1);
  const kept = new Set();
  let mass = 0;
  for (const id of byLikelihood(logits)) {
    if (kept.size > 0 && mass >= p - ROUNDING) break;
    kept.add(id);
    mass += probs[id];
  }
  return logits.map((logit, id) => (kept.has(id) ? logit : -Infinity));
}

/** Keep what is at least p times as probable as the likeliest. */
export function minP(logits, p) {
  const largest = Math.max(...logits);
  return logits.map((logit) => (Math.fround(logit - largest) >= Math.fround(Math.log(p)) ? logit : -Infinity));
}

/**
 * What the settings { temperature, top_k, top_p, min_p, temperature_first } make of logits (vocab); null: that filter is off.
 * Returns, each (vocab): before, the probabilities that the filters looked at; left, the logits of what stays, -Infinity
 * elsewhere; after, what is drawn from; removedBy: "top-k", "top-p", "min-p" or "T", "impossible" if it was so from the start,
 * "" if it stays; order: the ids from the likeliest on.
 */
export function cut(logits, { temperature, top_k, top_p, min_p, temperature_first }) {
  const steps = [["top-k", topK, top_k], ["top-p", topP, top_p], ["min-p", minP, min_p]];
  steps.splice(temperature_first ? 0 : steps.length, 0, ["T", applyTemperature, temperature]);

  const largest = Math.max(...logits);
  const relative = logits.map((logit) => Math.fround(logit - largest)); // the same distribution, and none too large
  let seen = relative;
  let left = relative;
  const removedBy = relative.map((logit) => (logit === -Infinity ? "impossible" : ""));
  for (const [name, step, setting] of steps) {
    if (setting === null) continue;
    left = step(left, setting);
    left.forEach((logit, id) => {
      if (logit === -Infinity && removedBy[id] === "") removedBy[id] = name;
    });
    if (name === "T" && temperature_first) seen = left;
  }
  const order = byLikelihood(temperature === 0 ? relative : seen);
  return { before: probabilities(seen, 1), after: probabilities(left, 1), left, removedBy, order };
}
