// A text coloured by one unit's state, or by how far back a guess reaches.  Python has measured; here a place, a unit and a view are chosen.

const STATES = [0.125, 0.375, 0.625, 0.875]; // sizes at which the colour of a state changes, as in Python
const REACHES = [0.01, 0.05, 0.2, 0.5]; // and that of a reach
const DISTANCES = [1, 2, 4, 8, 16, 32, 47];
const HEADS = ["back", "here, trained", "here, untrained", "mean, trained", "mean, untrained"];
const BACK = 48, TOLD = [1, 4, 16], TOP = 1, PER_HALVING = 16, NONE = 255; // as in Python
const NETWORKS = ["trained", "untrained"];

/** The bytes behind base64. */
const bytes = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));

/** A reach in words: no more figures than were sent. */
export function reachWords(share) {
  if (share === 0) return "–";
  if (share < 0.001) return "<\u00a00.1\u00a0%";
  const tenths = Math.floor(1000 * share + 0.5);
  return share < 0.01 ? `${Math.floor(tenths / 10)}.${tenths % 10}\u00a0%` : `${Math.floor(100 * share + 0.5)}\u00a0%`;
}

/** What was measured, as numbers: value(unit, place), and share(network, place, of) of the character at `of` in the guess after `place`. */
export function measured(model) {
  const places = model.get("labels").length;
  const states = new Int8Array(bytes(model.get("states")).buffer);
  const reach = Object.fromEntries(NETWORKS.map((name) => [name, bytes(model.get("reach")[name])]));
  const value = (unit, place) => states[unit * places + place] / 127;
  const share = (name, place, of) => {
    const k = place - of;
    const code = 0 <= k && k < BACK ? reach[name][place * BACK + k] : NONE;
    return code === NONE ? 0 : 2 ** (TOP - code / PER_HALVING);
  };
  return { value, share };
}

/** The figure in words. */
export function summary({ labels, named }, { value, share }, { place, unit, view }) {
  const before = inSentence(labels.slice(Math.max(0, place - 4), place + 1).join(""));
  if (view === "state") {
    const values = labels.map((_, other) => value(unit, other));
    const goes = named.filter(([number]) => number === unit).map(([, words, r]) => `; it goes with “${words}”, r = ${decimals(r)} on held-out text`);
    return `Unit ${unit} after “${before}”: ${decimals(value(unit, place))}. Along this text it is between `
      + `${decimals(Math.min(...values))} and ${decimals(Math.max(...values))}${goes.join("")}.`;
  }
  const told = NETWORKS.map((name) => {
    const shares = TOLD.filter((k) => k <= place).map((k) => `${k} back ${reachWords(share(name, place, place - k))}`);
    return `${name}: ${shares.length > 0 ? shares.join(", ") : "none stands before it"}`;
  });
  return `After “${before}”, what comes is ${inSentence(labels[place + 1])}. How strongly an earlier character moves that loss, `
    + `the last one being 100\u00a0%; ${told.join("; ")}.`;
}

function render({ model, el }) {
  const [labels, named, means] = ["labels", "named", "means"].map((name) => model.get(name));
  const units = model.get("units");
  const numbers = measured(model);
  const { value, share } = numbers;
  const change = changer(model);

  const walk = player(labels.length - 2, (place) => change("place", place), 700);
  const views = viewControl((view) => change("view", view));
  const unitWords = make("span");
  const unitSlider = make("input", { type: "range", min: 0, max: units - 1, step: 1 });
  unitSlider.addEventListener("input", () => change("unit", Number(unitSlider.value)));
  const menu = make("select", {}, make("option", { value: "" }, "any other unit"),
    ...named.map(([unit, words, r]) => make("option", { value: unit }, `${unit}: ${words} (r = ${decimals(r)})`)));
  menu.addEventListener("change", () => menu.value !== "" && change("unit", Number(menu.value)));
  const unitControl = make("div", { className: "control" }, make("label", {}, unitWords, unitSlider),
    named.length > 0 ? make("div", { className: "choices menu" }, labelled("goes with", menu)) : "");

  const text = passageText(labels, (place) => change("place", Math.min(place, labels.length - 2)));
  const pointed = make("p", { className: "pointed", "aria-hidden": "true" });
  text.element.addEventListener("pointerover", (event) => point(text.characters.indexOf(event.target)));
  text.element.addEventListener("pointerleave", () => point(-1));
  const keys = make("p", { className: "legend" });
  const said = liveText();
  const cells = DISTANCES.map(() => HEADS.slice(1).map(() => make("td")));
  const table = make("table", {}, make("caption", {}, "How strongly a character so many places back moves the guess (the last one: 100\u00a0%)"),
    make("thead", {}, make("tr", {}, ...HEADS.map((head) => make("th", { scope: "col" }, head)))),
    make("tbody", {}, ...DISTANCES.map((k, n) => make("tr", {}, make("th", { scope: "row" }, `${k}`), ...cells[n]))));

  el.append(frame("State lens", views.element, walk.element, unitControl, text.element, pointed, keys, said.paragraph, table));

  /** What is read where the pointer is. */
  function point(place) {
    const [chosen, view] = [model.get("place"), model.get("view")];
    const reached = () => (place > chosen ? "comes later" : reachWords(share(view, chosen, place)));
    pointed.textContent = place < 0 ? "Point at a character to read its value; click to choose it."
      : `${inSentence(labels[place])}: ${view === "state" ? decimals(value(model.get("unit"), place)) : reached()}`;
  }

  /** A character's classes: its colour, and whether it is the last one read. */
  function kind(place, { place: chosen, unit, view }) {
    let name = "later";
    if (view === "state") {
      const state = value(unit, place);
      name = `${state < 0 ? "below" : "above"}${STATES.filter((size) => Math.abs(state) >= size).length}`;
    } else if (place <= chosen) name = `reach${REACHES.filter((size) => share(view, chosen, place) >= size).length}`;
    return place === chosen ? `${name} here` : name;
  }

  function draw() {
    const settings = { place: model.get("place"), unit: model.get("unit"), view: model.get("view") };
    const { place, unit, view } = settings;
    walk.show(place, `place ${place + 1} of ${labels.length}: ${inSentence(labels[place])}`);
    views.show(view);
    unitControl.hidden = view !== "state";
    unitSlider.value = unit;
    unitWords.textContent = `unit ${unit} (0 to ${units - 1})`;
    unitSlider.setAttribute("aria-valuetext", `unit ${unit}`);
    menu.value = named.some(([number]) => number === unit) ? unit : "";
    text.show((other) => kind(other, settings));
    point(-1);
    keys.replaceChildren(...legend(view));
    said.say(summary({ labels, named }, numbers, settings));
    DISTANCES.forEach((k, n) => {
      const shares = [...NETWORKS.map((name) => share(name, place, place - k)), ...NETWORKS.map((name) => means[name][k])];
      cells[n].forEach((cell, column) => (cell.textContent = reachWords(shares[column])));
    });
  }

  for (const name of ["place", "unit", "view"]) model.on(`change:${name}`, draw);
  draw();
}

/** What the colours show. */
function viewControl(change) {
  const name = `view-${Math.random()}`; // the three belong together, and not to another figure's
  const words = { state: "one unit's state", trained: "reach, trained", untrained: "reach, untrained" };
  const radios = Object.keys(words).map((value) => make("input", { type: "radio", name, value }));
  for (const radio of radios) radio.addEventListener("change", () => change(radio.value));
  const element = make("div", { className: "choices control", role: "radiogroup", "aria-label": "the colours show" },
    make("span", {}, "the colours show"), ...radios.map((radio) => make("label", {}, radio, words[radio.value])));
  const show = (view) => {
    for (const radio of radios) radio.checked = radio.value === view;
  };
  return { element, show };
}

/** What the colours mean. */
function legend(view) {
  const states = [...[4, 3, 2, 1].map((n) => [`below${n}`, `−${STATES[n - 1]}`]), ["above0", "near 0"],
    ...[1, 2, 3, 4].map((n) => [`above${n}`, `+${STATES[n - 1]}`])];
  const reaches = [["reach0", "less"], ...REACHES.map((size, n) => [`reach${n + 1}`, `${100 * size}\u00a0%`])];
  const words = view === "state" ? "state, from such a size on (strong ones have a line: above 0 on top, below 0 at the bottom): "
    : "moves the guess, from such a share of the last character's on: ";
  const key = ([kind, name]) => [make("span", { className: `swatch ${kind}` }, name), " "];
  return [words, ...(view === "state" ? states : reaches).flatMap(key), ...key(["here", "box"]), "the last character read"];
}

export default { render };
