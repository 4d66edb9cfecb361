// Runs the program of a model's step.  Python wrote it (in_page/program.py says what it is made of); whatever the model, this runs it.

// Numbers, as in_page/numbers.py packs them.

function bytes(base64) {
  const text = atob(base64), numbers = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i += 1) numbers[i] = text.charCodeAt(i);
  return numbers.buffer;
}

/** The value of a float16. */
function half(bits) {
  const sign = bits >> 15 ? -1 : 1, exponent = (bits >> 10) & 31, fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

// Whole numbers become Int32Arrays, others Float32Arrays: what meets few kinds of arrays is compiled to faster code.
const TYPED = {
  u1: (data) => Int32Array.from(new Uint8Array(data)), u2: (data) => Int32Array.from(new Uint16Array(data)),
  i1: (data) => new Int8Array(data), i4: (data) => new Int32Array(data), f4: (data) => new Float32Array(data),
  f2: (data) => Float32Array.from(new Uint16Array(data), half),
};

/** The numbers of a packed array, one after the other. */
export function unpacked({ all, size, rows, row_of, type, data, scales, by }) {
  if (size !== undefined) return new Float32Array(size).fill(Number(all));
  if (rows !== undefined) {
    const each = unpacked(rows), rowOf = unpacked(row_of);
    const width = each.length / (1 + rowOf.reduce((most, row) => Math.max(most, row), 0));
    const all_ = new each.constructor(rowOf.length * width);
    rowOf.forEach((row, place) => all_.set(each.subarray(row * width, (row + 1) * width), place * width));
    return all_;
  }
  const numbers = TYPED[type](bytes(data));
  if (scales === undefined) return numbers;
  const scale = unpacked(scales), width = numbers.length / scale.length; // of a row
  const whole = new Float32Array(numbers.length);
  for (let i = 0; i < whole.length; i += 1) whole[i] = numbers[i] * scale[by === "row" ? Math.floor(i / width) : i % scale.length];
  return whole;
}

// Steps.

const BUFFERS = { f32: Float32Array, i32: Int32Array, bool: Uint8Array }; // what is written there is rounded as JAX rounds it

/** What is computed at each place alone. */
const EACH = {
  neg: (x) => -x, abs: Math.abs, sign: Math.sign, square: (x) => x * x, sqrt: Math.sqrt, rsqrt: (x) => 1 / Math.sqrt(x),
  exp: Math.exp, log: Math.log, sin: Math.sin, cos: Math.cos, tanh: Math.tanh, logistic: (x) => 1 / (1 + Math.exp(-x)),
  is_finite: Number.isFinite, not: (x) => !x,
  add: (x, y) => x + y, sub: (x, y) => x - y, mul: (x, y) => x * y, div: (x, y) => x / y, rem: (x, y) => x % y, pow: Math.pow,
  imul: Math.imul, max: Math.max, min: Math.min, and: (x, y) => x & y, or: (x, y) => x | y,
  eq: (x, y) => x === y, ne: (x, y) => x !== y, lt: (x, y) => x < y, le: (x, y) => x <= y, gt: (x, y) => x > y, ge: (x, y) => x >= y,
  select_n: (which, x, y) => (which ? y : x),
};

/** A function that computes it at all places; an operand is { values, at }: where in values the number of each place stands. */
function everywhere(f, { values: out, at }, { values: x, at: xAt }, { values: y, at: yAt } = {}, { values: z, at: zAt } = {}) {
  if (f.length === 1) return () => { for (let i = 0; i < at.length; i += 1) out[at[i]] = f(x[xAt[i]]); };
  if (f.length === 2) return () => { for (let i = 0; i < at.length; i += 1) out[at[i]] = f(x[xAt[i]], y[yAt[i]]); };
  return () => { for (let i = 0; i < at.length; i += 1) out[at[i]] = f(x[xAt[i]], y[yAt[i]], z[zAt[i]]); };
}

/**
 * At each place the sum of `length` products.  Here the time goes: neighbours that share a row of x are summed eight at once, so that each
 * of its numbers is fetched once for the eight and the processor can do more than one thing.
 */
function dot(to, x, y, [length, xApart, yApart]) {
  const { values: out, at: outAt } = to, { values: a, at: aAt } = x, { values: b, at: bAt } = y;
  const eight = (i) => {
    const q0 = bAt[i], q1 = bAt[i + 1], q2 = bAt[i + 2], q3 = bAt[i + 3];
    const q4 = bAt[i + 4], q5 = bAt[i + 5], q6 = bAt[i + 6], q7 = bAt[i + 7];
    let s0 = 0, s1 = 0, s2 = 0, s3 = 0, s4 = 0, s5 = 0, s6 = 0, s7 = 0;
    for (let k = 0, p = aAt[i], q = 0; k < length; k += 1, p += xApart, q += yApart) {
      const number = a[p];
      s0 += number * b[q0 + q];
      s1 += number * b[q1 + q];
      s2 += number * b[q2 + q];
      s3 += number * b[q3 + q];
      s4 += number * b[q4 + q];
      s5 += number * b[q5 + q];
      s6 += number * b[q6 + q];
      s7 += number * b[q7 + q];
    }
    out[outAt[i]] = s0; out[outAt[i + 1]] = s1; out[outAt[i + 2]] = s2; out[outAt[i + 3]] = s3;
    out[outAt[i + 4]] = s4; out[outAt[i + 5]] = s5; out[outAt[i + 6]] = s6; out[outAt[i + 7]] = s7;
  };
  const one = (i) => {
    let sum = 0;
    for (let k = 0, p = aAt[i], q = bAt[i]; k < length; k += 1, p += xApart, q += yApart) sum += a[p] * b[q];
    out[outAt[i]] = sum;
  };
  return () => {
    for (let i = 0; i < outAt.length;) {
      if (aAt[i] === aAt[i + 7]) {
        eight(i);
        i += 8;
      } else {
        one(i);
        i += 1;
      }
    }
  };
}

/** At each place what `length` numbers come to, one after the other. */
function reduce(f, begin, to, x, [length, apart]) {
  return () => {
    for (let i = 0; i < to.at.length; i += 1) {
      let all = begin;
      for (let k = 0, p = x.at[i]; k < length; k += 1, p += apart) all = f(all, x.values[p]);
      to.values[to.at[i]] = all;
    }
  };
}

/** How far an index moves its window at place i; NaN: outside the array, where that is not mended. */
function moved(index, i, [length, apart, moves, largest, outside]) {
  let by = 0;
  for (let k = 0; k < length; k += 1) {
    const asked = index.values[index.at[i] + k * apart];
    const inside = Math.min(Math.max(asked, 0), largest[k]);
    if (outside !== null && asked !== inside) return NaN;
    by += inside * moves[k];
  }
  return by;
}

/** The same numbers elsewhere. */
function copy(to, from) {
  const inLine = [to, from].every(({ at }) => at.every((place, i) => place === at[0] + i));
  if (!inLine) return everywhere((x) => x, to, from);
  const part = from.values.subarray(from.at[0], from.at[0] + from.at.length);
  return () => to.values.set(part, to.at[0]);
}

const OTHERS = {
  copy,
  dot_general: dot,
  reduce_sum: (...given) => reduce(EACH.add, 0, ...given),
  reduce_max: (...given) => reduce(Math.max, -Infinity, ...given),
  gather: (to, from, index, more) => () => {
    for (let i = 0; i < to.at.length; i += 1) {
      const by = moved(index, i, more);
      to.values[to.at[i]] = by === by ? from.values[from.at[i] + by] : Number(more[4]);
    }
  },
  scatter: (to, from, index, more) => () => {
    for (let i = 0; i < to.at.length; i += 1) {
      const by = moved(index, i, more);
      if (by === by) to.values[to.at[i] + by] = from.values[from.at[i]];
    }
  },
};

/** Where the number of each place stands. */
function places(shape, offset, strides) {
  let at = Int32Array.of(offset);
  shape.forEach((size, axis) => {
    const finer = new Int32Array(at.length * size);
    for (let i = 0; i < finer.length; i += 1) finer[i] = at[Math.floor(i / size)] + (i % size) * strides[axis];
    at = finer;
  });
  return at;
}

/**
 * A program that runs: start() is a state before any text, the arrays of the model's own; step(id, state) gives the logits after one more
 * id, and the state becomes the one after it.  All buffers are made here, once; a step makes none.  The logits are overwritten by the next.
 */
export function newProgram({ constants, buffers, id, logits, state, steps }) {
  const memory = [];
  for (const [slot, numbers] of constants) memory[slot] = unpacked(numbers);
  for (const [slot, type, size] of buffers) memory[slot] = new BUFFERS[type](size);
  const before = state.map(([, , numbers]) => unpacked(numbers));

  const run = steps.map(([name, shape, views, more]) => {
    const size = shape.reduce((product, length) => product * length, 1);
    const operands = views.map((view) => Array.isArray(view)
      ? { values: memory[view[0]], at: places(shape, view[1], view[2]) }
      : { values: (Number.isInteger(view) ? Int32Array : Float32Array).of(Number(view)), at: new Int32Array(size) });
    return name in OTHERS ? OTHERS[name](...operands, more) : everywhere(EACH[name], ...operands);
  });

  const step = (theId, theState) => {
    memory[id][0] = theId;
    state.forEach(([slot], place) => memory[slot].set(theState[place]));
    for (const compute of run) compute();
    state.forEach(([, slot], place) => theState[place].set(memory[slot]));
    return memory[logits];
  };
  return { start: () => state.map(([slot], place) => memory[slot].constructor.from(before[place])), step };
}
