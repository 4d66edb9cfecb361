// What writes in the browser: models, chance, and the text that the two make.

// Models.  Python sends { kind, weights }; here a model is { start(): state, step(id, state): [logits, state] },
// and a state is never changed, so that what was written can be continued from anywhere.

const bytes = (base64) => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)).buffer;
const floats = (base64) => new Float32Array(bytes(base64));

/** x W + b, for x (n), W (n x m) row after row, b (m). */
function linear(x, weights, bias) {
  const y = Float64Array.from(bias);
  x.forEach((value, row) => {
    if (value === 0) return; // half of what comes out of a ReLU
    for (let column = 0; column < y.length; column += 1) y[column] += value * weights[row * y.length + column];
  });
  return y;
}

const KINDS = {
  /** Tables of counts: for each context a row of logits, and a row of the contexts that come next; equal rows are shared. */
  table(weights, vocabSize) {
    const rows = floats(weights.rows);
    const [rowOf, next, nextOf, [start]] = ["row_of", "next", "next_of", "start"].map((name) => new Uint32Array(bytes(weights[name])));
    const step = (id, context) => {
      const now = next[nextOf[context] * vocabSize + id];
      const first = rowOf[now] * vocabSize;
      return [Array.from(rows.subarray(first, first + vocabSize)), now];
    };
    return { start: () => start, step };
  },

  /** Embed, linear, ReLU, linear: nothing to remember. */
  per_position_mlp(weights, vocabSize) {
    const [table, w1, b1, w2, b2] = ["table", "w1", "b1", "w2", "b2"].map((name) => floats(weights[name]));
    const size = table.length / vocabSize;
    const step = (id, state) => {
      const hidden = linear(table.subarray(id * size, (id + 1) * size), w1, b1).map((value) => Math.max(0, value));
      return [Array.from(linear(hidden, w2, b2), Math.fround), state];
    };
    return { start: () => null, step };
  },
};

/** A model that runs, from what Python sent of it. */
export function newModel({ labels, kind, weights }) {
  return { vocabSize: labels.length, ...KINDS[kind](weights, labels.length) };
}

// Chance: the numbers of jax.random, from the same keys.  A key is two whole numbers of 32 bits.

const ROTATIONS = [[13, 15, 26, 6], [17, 29, 16, 24]];

/** Threefry-2x32 of 20 rounds (Salmon and others 2011): the block of a key and a count below 2 ** 32. */
export function threefry([k0, k1], count) {
  const keys = [k0, k1, k0 ^ k1 ^ 0x1bd11bda];
  let [x, y] = [k0 | 0, (k1 + count) | 0];
  for (let group = 0; group < 5; group += 1) {
    for (const bits of ROTATIONS[group % 2]) {
      x = (x + y) | 0;
      y = ((y << bits) | (y >>> (32 - bits))) ^ x;
    }
    x = (x + keys[(group + 1) % 3]) | 0;
    y = (y + keys[(group + 2) % 3] + group + 1) | 0;
  }
  return [x, y];
}

const newKey = (seed) => [0, seed]; // jax.random.key(seed)
const splitKey = (key, place) => threefry(key, place); // jax.random.split(key, n)[place], for any n

/** The 32 random bits at a place: jax.random.bits(key, shape).ravel()[place]. */
function randomBits(key, place) {
  const [x, y] = threefry(key, place);
  return (x ^ y) >>> 0;
}

/** jax.random.randint(key, (1,), 0, n)[0], for n below 2 ** 16. */
function randomBelow(key, n) {
  const [high, low] = [0, 1].map((half) => randomBits(splitKey(key, half), 0) % n);
  return ((high * (2 ** 32 % n) + low) >>> 0) % n;
}

/** jax.random.gumbel(key, shape).ravel()[place]. */
function gumbel(key, place) {
  const uniform = (randomBits(key, place) >>> 9) / 2 ** 23 || 2 ** -126;
  return Math.fround(-Math.log(Math.fround(-Math.log(uniform))));
}

/** jax.random.categorical: noise on every logit, and the largest wins; of equals the first. */
function draw(key, logits) {
  let best = -1;
  let highest = -Infinity;
  logits.forEach((logit, id) => {
    if (logit === -Infinity) return;
    const noisy = Math.fround(logit + gumbel(key, id));
    if (best === -1 || noisy > highest) [best, highest] = [id, noisy];
  });
  return best;
}

// Writing.

const ALL_ALIKE = { temperature: 1, top_k: null, top_p: null, min_p: null, temperature_first: true };

/**
 * What a model writes after a prompt (ids), as generate_text does it.  at(place): the character at that place of the new text,
 * { id, logits, settings }: what it was drawn from, and how.  What was found once is kept.
 */
export function newWriter(model, promptIds, settings, seed) {
  let key = newKey(seed);
  let state = model.start();
  let logits;
  for (const id of promptIds) [logits, state] = model.step(id, state);
  const written = [];
  let first = 0; // the place of the first character that the model draws

  if (logits === undefined) {
    // After an empty prompt the first character is drawn from all, each equally likely, with a key of its own.
    const id = randomBelow(splitKey(key, 0), model.vocabSize);
    written.push({ id, logits: Array(model.vocabSize).fill(0), settings: ALL_ALIKE });
    key = splitKey(key, 1);
    first = 1;
    [logits, state] = model.step(id, state);
  }

  const at = (place) => {
    while (written.length <= place) {
      const { left } = cut(logits, settings);
      const id = draw(splitKey(key, written.length - first), left);
      written.push({ id, logits, settings });
      [logits, state] = model.step(id, state);
    }
    return written[place];
  };
  return { at };
}
