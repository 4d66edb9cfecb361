// What writes in the browser: chance, and the text that a model and chance make.

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
 * ready(place, until): whether at(place) is known without more work, after working on it until that time of performance.now().
 */
export function newWriter(program, vocabSize, promptIds, settings, seed) {
  const state = program.start();
  const written = [];
  let key = newKey(seed);
  let first = 0; // the place of the first character that the model draws
  let asked = 0; // of the prompt, so many were read
  let logits;

  const read = (id) => (logits = Array.from(program.step(id, state)));
  if (promptIds.length === 0) {
    // After an empty prompt the first character is drawn from all, each equally likely, with a key of its own.
    const id = randomBelow(splitKey(key, 0), vocabSize);
    written.push({ id, logits: Array(vocabSize).fill(0), settings: ALL_ALIKE });
    key = splitKey(key, 1);
    first = 1;
    read(id);
  }

  /** One more id is read: of the prompt, or one that is drawn for it. */
  const goOn = () => {
    if (asked < promptIds.length) {
      read(promptIds[asked]);
      asked += 1;
      return;
    }
    const { left } = cut(logits, settings);
    const id = draw(splitKey(key, written.length - first), left);
    written.push({ id, logits, settings });
    read(id);
  };

  const ready = (place, until) => {
    while (written.length <= place && performance.now() < until) goOn();
    return written.length > place;
  };
  const at = (place) => {
    ready(place, Infinity);
    return written[place];
  };
  return { at, ready, known: () => written.length };
}
