// What every figure may use.  Python puts this file in front of the figure's own, so that a module needs no imports.

const LOWEST = 0.05; // between these two the temperature's slider is a log scale;
const HIGHEST = 20; //  its left end is T = 0, its right end T = infinity
const STEPS = 120;
const LAST_PLACE = STEPS + 2;
const MOST_BARS = 12; // of more characters, the likeliest have a bar each and the others one together

/** JSON has no infinity: it travels as the word "Infinity" or "-Infinity", which Number() and Python's float() both read. */
const toJson = (number) => (Number.isFinite(number) ? number : String(number));
const fromJson = (value) => Number(value);

/** A new element.  Properties are set in their order; children are elements or strings, and a string is always plain text. */
function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === "role" || name.startsWith("aria-") || name.startsWith("data-")) element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children);
  return element;
}

/** A new SVG element, as make() makes one of html; every property is an attribute. */
function makeSvg(tag, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** The frame of a figure.  What has the focus in it keeps JupyterLab's shortcuts out: an arrow key moves the slider, an x cuts no cell. */
function frame(name, ...children) {
  const element = make("div", { className: "chargen-figure", role: "group", "aria-label": name }, ...children);
  element.addEventListener("focusin", (event) => event.target.setAttribute("data-lm-suppress-shortcuts", "true"));
  return element;
}

/** A control and the words that name it; a click on the words reaches the control. */
function labelled(words, control) {
  return make("label", {}, make("span", {}, words), control);
}

/** What a control calls to change the state; the state, whoever changed it, redraws the figure. */
function changer(model) {
  return (name, value) => {
    model.set(name, value);
    model.save_changes();
  };
}

/** A paragraph that is read aloud once the figure has been still for a moment, and not at every step of a slider. */
function liveText() {
  const paragraph = make("p", { className: "summary", "aria-live": "polite" });
  let waiting;
  const say = (text) => {
    clearTimeout(waiting);
    if (paragraph.textContent === "") paragraph.textContent = text;
    else waiting = setTimeout(() => (paragraph.textContent = text), 300);
  };
  return { paragraph, say };
}

/**
 * A slider over the moments 0 to last, and a button that plays them one after the other.  change(place) is called when it moves;
 * show(place, words) puts it in its place and says in words where that is.
 */
function player(last, change, milliseconds = 250) {
  const words = make("span");
  const slider = make("input", { type: "range", min: 0, max: last, step: 1 });
  const button = make("button", { type: "button" }, "Play");
  let timer;
  const stop = () => {
    clearInterval(timer);
    timer = undefined;
    button.textContent = "Play";
  };
  const next = () => {
    if (!slider.isConnected || Number(slider.value) === last) return stop();
    change(Number(slider.value) + 1);
    if (Number(slider.value) === last) stop();
  };
  button.addEventListener("click", () => {
    if (timer !== undefined) return stop();
    if (Number(slider.value) === last) change(0);
    button.textContent = "Pause";
    timer = setInterval(next, milliseconds);
  });
  slider.addEventListener("input", () => {
    stop();
    change(Number(slider.value));
  });
  const show = (place, told) => {
    slider.value = place;
    slider.setAttribute("aria-valuetext", told);
    words.textContent = told;
  };
  const element = make("div", { className: "player control" }, make("label", {}, words, slider), button);
  return { element, show };
}

// Distributions over characters.

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

/** A number with two decimals and a true minus sign. */
export function decimals(number) {
  const hundredths = Math.floor(Math.abs(number) * 100 + 0.5);
  return `${number < 0 && hundredths > 0 ? "−" : ""}${(hundredths / 100).toFixed(2)}`;
}

/** At most three significant digits. */
function short(number) {
  return number === Infinity ? "∞" : String(Number(number.toPrecision(3)));
}

/** What an entropy means, in words. */
function entropyInWords(bits) {
  return `Entropy ${bits.toFixed(2)} bits: like choosing among ${(2 ** bits).toFixed(1)} characters.`;
}

/** A label inside a sentence: one that is written from right to left must not turn the words around it. */
function inSentence(label) {
  const rightToLeft = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;
  return rightToLeft.test(label) ? `\u2068${label}\u2069` : label;
}

/** The slider of the temperature.  change(T) is called when the reader moves it; show(T) puts it in its place. */
function temperatureSlider(change) {
  const slider = make("input", { type: "range", min: 0, max: LAST_PLACE, step: 1 });
  const words = make("span");
  const marks = make("div", { className: "marks", "aria-hidden": "true" },
    make("span", {}, "0: the likeliest"), make("span", {}, "1"), make("span", {}, "∞: all alike"));
  slider.addEventListener("input", () => change(temperatureAt(Number(slider.value))));
  const show = (temperature) => {
    slider.value = placeOf(temperature);
    slider.setAttribute("aria-valuetext", short(temperature));
    words.textContent = `temperature T = ${short(temperature)}`;
  };
  return { element: make("div", { className: "control" }, make("label", {}, words, slider), marks), show };
}

/** The choice among rows of logits; nothing to see when there is one only. */
function rowMenu(rows, change) {
  const menu = make("select", {}, ...rows.map((row, place) => make("option", { value: place }, row.name)));
  menu.addEventListener("change", () => change(Number(menu.value)));
  return { element: rows.length > 1 ? labelled("after the character", menu) : "", show: (row) => (menu.value = row) };
}

/** The rows of logits in the state, as numbers. */
function readRows(model) {
  return model.get("rows").map((row) => ({ name: row.name, logits: row.logits.map(fromJson) }));
}

/** How many of n characters have a bar each.  Nothing is gained by taking one alone together. */
const barsOf = (n) => (n > MOST_BARS + 1 ? MOST_BARS : n);

/** An empty bar: its name, its track, its share. */
function newBar() {
  return make("li", {},
    make("span", { className: "name" }),
    make("span", { className: "track", "aria-hidden": "true" }, make("span", { className: "bar" })),
    make("span", { className: "share" }));
}

/** Make a list of bars show these, one after the other. */
function showBars(list, bars) {
  while (list.children.length < bars.length) list.append(newBar());
  while (list.children.length > bars.length) list.lastChild.remove();
  bars.forEach((bar, place) => showBar(list.children[place], bar));
}

/** Fill a bar.  kind: its class; words: what is said beside it, the share unless given. */
function showBar(item, { label, share, kind, words = percent(share) }) {
  const [name, track, text] = item.children;
  item.className = kind;
  name.textContent = label;
  track.firstChild.style.width = `${100 * share}%`;
  text.textContent = words;
}

/** A measured value under its name. */
function measure(value, ...name) {
  return make("div", {}, make("dt", {}, ...name), value);
}

/** The entropy and what it means; show(probs, n) gives them for a distribution over n characters. */
function entropyMeasures() {
  const entropy = make("dd"), effective = make("dd");
  const show = (probs, n) => {
    const bits = entropyBits(probs);
    entropy.textContent = `${bits.toFixed(2)} bits`;
    effective.textContent = `${(2 ** bits).toFixed(1)} of ${n}`;
  };
  return { elements: [measure(entropy, "entropy H"), measure(effective, "effective choices 2", make("sup", {}, "H"))], show };
}
