// What dividing by a temperature does to a distribution: bars of softmax(logits / T) under a slider.

const LOWEST = 0.05; // between these two the slider is a log scale;
const HIGHEST = 20; //  its left end is T = 0, its right end T = infinity
const STEPS = 120;
const LAST_PLACE = STEPS + 2;
const MOST_BARS = 12; // of more characters, the likeliest have a bar each and the others one together

/** The temperature at one of the slider's places, 0 to LAST_PLACE. */
export function temperatureAt(place) {
  if (place === 0) return 0;
  if (place === LAST_PLACE) return Infinity;
  const share = (place - 1) / STEPS;
  return Number((LOWEST * (HIGHEST / LOWEST) ** share).toPrecision(3));
}

/** The place nearest to a temperature.  Only 0 itself is at the left end, only infinity at the right one. */
export function placeOf(temperature) {
  if (temperature === 0) return 0;
  if (temperature === Infinity) return LAST_PLACE;
  const share = Math.log(temperature / LOWEST) / Math.log(HIGHEST / LOWEST);
  return 1 + Math.round(Math.min(1, Math.max(0, share)) * STEPS);
}

/** softmax(logits / T).  T = 0: the likeliest alone, of equals the first.  T = infinity: all that are possible, equally. */
export function probabilities(logits, temperature) {
  const largest = Math.max(...logits);
  const likeliest = logits.indexOf(largest);
  const weights = logits.map((logit, id) => {
    if (temperature === 0) return id === likeliest ? 1 : 0;
    if (temperature === Infinity) return logit === -Infinity ? 0 : 1;
    return Math.exp((logit - largest) / temperature); // never above 1, so that nothing overflows
  });
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

/** H(p) = -sum p log2 p, in bits; 0 log 0 is 0. */
export function entropyBits(probs) {
  return probs.reduce((bits, p) => (p > 0 ? bits - p * Math.log2(p) : bits), 0);
}

/** The ids from the likeliest to the least likely, of equals the first; the same at every temperature. */
export function byLikelihood(logits) {
  return logits.map((_, id) => id).sort((a, b) => (logits[a] === logits[b] ? a - b : logits[b] - logits[a]));
}

/** A share as it is read: "72.3 %".  What is merely near 0 or 1 is not called 0 or 1. */
export function percent(p) {
  if (p === 0 || p === 1) return `${100 * p}\u00a0%`;
  if (p < 0.001) return "<\u00a00.1\u00a0%";
  if (p > 0.999) return ">\u00a099.9\u00a0%";
  return `${(Math.round(p * 1000) / 10).toFixed(1)}\u00a0%`;
}

/** At most three significant digits. */
function short(number) {
  return number === Infinity ? "∞" : String(Number(number.toPrecision(3)));
}

/** A label inside a sentence: one that is written from right to left must not turn the words around it. */
function inSentence(label) {
  const rightToLeft = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;
  return rightToLeft.test(label) ? `\u2068${label}\u2069` : label;
}

/** The figure in words. */
export function summary(labels, rowName, logits, temperature) {
  const probs = probabilities(logits, temperature);
  const [first, second] = byLikelihood(logits);
  const possible = logits.filter((logit) => logit > -Infinity).length;
  const named = (id) => `${inSentence(labels[id])} ${percent(probs[id])}`;
  let told;
  if (possible === 1 || temperature === 0) told = `${named(first)}, nothing else`;
  else if (temperature === Infinity) told = `all ${possible} possible characters equally, ${percent(probs[first])} each`;
  else told = `${named(first)}, then ${named(second)}`;
  const bits = entropyBits(probs);
  return (
    `${rowName === "" ? "" : `After ${inSentence(rowName)}, `}T = ${short(temperature)}: ${told}. ` +
    `Entropy ${bits.toFixed(2)} bits: like choosing among ${(2 ** bits).toFixed(1)} characters.`
  );
}

/** How many times as likely the tallest bar is as the next. */
function ratioInWords(tallest, next) {
  if (!(next > 0)) return "one bar only";
  const ratio = tallest / next;
  return ratio > 9999 ? "over 9999 : 1" : `${short(ratio)} : 1`;
}

function render({ model, el }) {
  const labels = model.get("labels");
  const rows = model.get("rows").map((row) => ({ name: row.name, logits: row.logits.map(fromJson) }));

  // The controls.
  const slider = make("input", { type: "range", min: 0, max: LAST_PLACE, step: 1 });
  const sliderLabel = make("span");
  const marks = make("div", { className: "marks", "aria-hidden": "true" },
    make("span", {}, "0: the likeliest"), make("span", {}, "1"), make("span", {}, "∞: all alike"));
  const rowMenu = make("select", {}, ...rows.map((row, place) => make("option", { value: place }, row.name)));
  const sorted = make("input", { type: "checkbox" });
  const choices = make("div", { className: "choices control" });
  if (rows.length > 1) choices.append(labelled("after the character", rowMenu));
  choices.append(make("label", {}, sorted, "likeliest first"));

  // What they move.
  const bars = make("ul", { className: "bars" });
  const ratioName = make("dt"), ratio = make("dd"), entropy = make("dd"), effective = make("dd");
  const measures = make("dl", {},
    make("div", {}, ratioName, ratio),
    make("div", {}, make("dt", {}, "entropy H"), entropy),
    make("div", {}, make("dt", {}, "effective choices 2", make("sup", {}, "H")), effective));
  const words = liveText();

  el.append(frame("Temperature explorer",
    choices, make("div", { className: "control" }, make("label", {}, sliderLabel, slider), marks),
    bars, measures, words.paragraph));

  function draw() {
    const temperature = fromJson(model.get("temperature"));
    const { name, logits } = rows[model.get("row")];
    const probs = probabilities(logits, temperature);
    const order = byLikelihood(logits);

    slider.value = placeOf(temperature);
    slider.setAttribute("aria-valuetext", short(temperature));
    sliderLabel.textContent = `temperature T = ${short(temperature)}`;
    rowMenu.value = model.get("row");
    sorted.checked = model.get("likeliest_first");

    const shown = order.slice(0, labels.length > MOST_BARS + 1 ? MOST_BARS : labels.length);
    if (!sorted.checked) shown.sort((a, b) => a - b);
    const wanted = shown.map((id) => ({ label: labels[id], share: probs[id], kind: "" }));
    const others = order.slice(shown.length);
    if (others.length > 0) {
      const share = others.reduce((sum, id) => sum + probs[id], 0);
      wanted.push({ label: `${others.length} others`, share, kind: "together" });
    }
    while (bars.children.length < wanted.length) bars.append(newBar());
    wanted.forEach((bar, place) => showBar(bars.children[place], bar));

    const [first, second] = order;
    ratioName.textContent = second === undefined ? "ratio" : `ratio ${inSentence(labels[first])} to ${inSentence(labels[second])}`;
    ratio.textContent = ratioInWords(probs[first], probs[second]);
    const bits = entropyBits(probs);
    entropy.textContent = `${bits.toFixed(2)} bits`;
    effective.textContent = `${(2 ** bits).toFixed(1)} of ${labels.length}`;
    words.say(summary(labels, name, logits, temperature));
  }

  // A control changes the state; the state, whoever changed it, redraws the figure.
  function change(name, value) {
    model.set(name, value);
    model.save_changes();
  }
  slider.addEventListener("input", () => change("temperature", toJson(temperatureAt(Number(slider.value)))));
  rowMenu.addEventListener("change", () => change("row", Number(rowMenu.value)));
  sorted.addEventListener("change", () => change("likeliest_first", sorted.checked));
  for (const name of ["temperature", "row", "likeliest_first"]) model.on(`change:${name}`, draw);
  draw();
}

function newBar() {
  return make("li", {},
    make("span", { className: "name" }),
    make("span", { className: "track", "aria-hidden": "true" }, make("span", { className: "bar" })),
    make("span", { className: "share" }));
}

function showBar(item, { label, share, kind }) {
  const [name, track, text] = item.children;
  item.className = kind;
  name.textContent = label;
  track.firstChild.style.width = `${100 * share}%`;
  text.textContent = percent(share);
}

export default { render };
