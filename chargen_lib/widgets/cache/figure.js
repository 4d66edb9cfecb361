// A text is written one character at a time; the rows that each step computes, without a cache and with one, are drawn and counted.

const LONGEST = 64; // characters, and slots, as in figure.py

/** A whole number with commas between thousands. */
const commas = (number) => String(number).replace(/\B(?=(\d{3})+$)/g, ",");

/** So many of something. */
const counted = (number, noun) => `${commas(number)} ${noun}${number === 1 ? "" : "s"}`;

/** All that follows from the state at this step. */
export function look({ step, slots, cached, slot_bytes: slotBytes, place_bytes: placeBytes }) {
  const place = step - 1, first = Math.max(0, step - slots);
  const holds = Array.from({ length: slots }, (_, slot) => place - ((((place - slot) % slots) + slots) % slots));
  return {
    place, first, slot: place % slots, over: step > slots ? place - slots : null, without: (step * (step + 1)) / 2,
    bytes: slots * slotBytes + placeBytes, held: holds.map((at) => (cached && at >= 0 ? at : null)),
  };
}

/** The figure in words. */
export function summary(labels, { step, slots, cached }, { place, first, slot, over, without, bytes }) {
  const product = `${step} × ${step + 1} / 2`;
  const named = `${inSentence(labels[place])}, at place ${place}`;
  const begin = `Step ${step} of ${labels.length}, ${cached ? `with a cache of ${counted(slots, "slot")}` : "without a cache"}:`;
  if (!cached) {
    return `${begin} the row of ${named}, is computed${step > 1 ? `, and ${counted(place, "row")} again` : ""}. `
      + `So far ${counted(without, "row")} = ${product}; with a cache ${step}.`;
  }
  const before = over === null ? "" : `, over ${inSentence(labels[over])} of place ${over}`;
  const places = first === place ? `place ${place}` : `places ${first} to ${place}`;
  return `${begin} only the row of ${named}, is computed; its keys and values go into slot ${slot} = ${place} % ${slots}${before}. `
    + `Seen: ${places}. So far ${counted(step, "row")}; without a cache ${commas(without)} = ${product}. `
    + `The cache takes ${commas(bytes)} bytes.`;
}

/** What a place of the text is to this step. */
function kind(other, { cached }, { place, first }) {
  if (other >= place) return other === place ? "new" : "later";
  if (!cached) return "again";
  return other >= first ? "kept" : "gone";
}

/** The rows of every step so far: a line for each step, a column for each place. */
function newMap(words, choose) {
  const paths = Object.fromEntries(["frame", "again", "lines", "kept", "new"].map((name) => [name, makeSvg("path", { class: name })]));
  paths.kept.setAttribute("transform", "translate(.5 .5)");
  const line = makeSvg("rect", { x: 0, height: 1 });
  const element = makeSvg("svg", { class: "cache-map", role: "img", "aria-label": words }, ...Object.values(paths), line);
  let size;
  element.addEventListener("click", (event) => {
    const { top, height } = element.getBoundingClientRect();
    choose(Math.min(size - 1, Math.max(0, Math.floor((size * (event.clientY - top)) / height))));
  });
  const show = (length, { step, slots, cached }) => {
    size = length;
    const rows = Array.from({ length: step }, (_, row) => row);
    const earlier = (draw) => rows.map((row) => rows.slice(0, row).map((place) => draw(row, place)).join("")).join("");
    const cut = {
      frame: `M0 0${Array.from({ length }, (_, place) => `V${place}H${place + 1}`).join("")}V${length}H0z`,
      again: cached ? "" : rows.slice(1).map((row) => `M0 ${row}h${row}v1H0z`).join(""),
      lines: cached ? "" : earlier((row, place) => `M${place} ${row + 1}l1-1`),
      kept: cached ? earlier((row, place) => (row - place < slots ? `M${place} ${row}h0` : "")) : "",
      new: rows.map((place) => `M${place} ${place}h1v1h-1z`).join(""),
    };
    for (const [name, path] of Object.entries(paths)) path.setAttribute("d", cut[name]);
    element.setAttribute("viewBox", `0 0 ${length} ${length}`);
    line.setAttribute("width", length);
    line.setAttribute("y", step - 1);
  };
  return { element, show };
}

/** The slots of the ring. */
function newRing() {
  const element = make("div", { className: "ring", role: "img" });
  const cell = (labels, at, slot, { place, over }) => {
    const small = (...children) => make("small", {}, ...children);
    if (at === null) return make("span", { className: "slot empty" }, small(`${slot}`), make("bdi", {}, "\u00a0"), small("–"));
    const before = at === place && over !== null ? [make("s", {}, `${over}`), " "] : [];
    return make("span", { className: at === place ? "slot new" : "slot" },
      small(`${slot}`), make("bdi", {}, labels[at]), small(...before, `${at}`));
  };
  const show = (labels, seen) => {
    element.replaceChildren(...seen.held.map((at, slot) => cell(labels, at, slot, seen)));
    const told = seen.held.map((at) => at ?? "none").join(", ");
    element.setAttribute("aria-label", seen.held.every((at) => at === null) ? "The ring is empty: without a cache nothing is kept."
      : `The ring, slot by slot from 0, holds the places ${told}.`);
  };
  return { element, show };
}

function render({ model, el }) {
  const words = model.get("words");
  const change = changer(model);
  const legend = (...children) => make("p", { className: "legend" }, ...children);

  // The controls.
  const typed = make("input", { type: "text", maxLength: LONGEST, spellcheck: false, autocapitalize: "off", autocomplete: "off" });
  typed.addEventListener("input", () => {
    const codes = codesOf(typed.value).slice(0, LONGEST);
    if (codes.length === 0) return said.say("The text is empty: type at least one character. Until then the last text is shown.");
    const step = model.get("step"), isAtEnd = step === labels.length; // then what is typed is read at once
    model.set("step", Math.min(step, codes.length)); // first, so that no step is behind the end
    model.set("codes", codes);
    if (isAtEnd) model.set("step", codes.length);
    model.save_changes();
  });
  const cached = make("input", { type: "checkbox" });
  cached.addEventListener("change", () => change("cached", cached.checked));
  const slots = make("input", { type: "range", min: 1, max: LONGEST, step: 1 });
  slots.addEventListener("input", () => change("slots", Number(slots.value)));
  const slotsTold = make("span");
  const walking = make("div");

  // What they move.
  const passage = make("div");
  const choose = (place) => change("step", place + 1);
  const map = newMap(words.picture, choose);
  const ring = newRing();
  const numbers = words.measures.map((name) => ({ name, now: make("dd") }));
  const said = liveText();

  el.append(frame("Cache explorer",
    make("div", { className: "choices control cache-text" }, labelled("text", typed), make("label", {}, cached, "with a cache")),
    make("div", { className: "control cache-sliders" }, walking, make("label", {}, slotsTold, slots)),
    passage, legend(...words.marks.flatMap(([name, told], i) => [i > 0 ? " " : "", make("span", { className: `swatch ${name}` }, told)])),
    make("div", { className: "cache-beside" },
      make("div", {}, map.element, legend(words.map)),
      make("div", {}, ring.element, legend(words.ring), make("dl", {}, ...numbers.map(({ name, now }) => measure(now, name))), legend(words.note))),
    said.paragraph));

  let written, labels, walk, text; // of the text that is shown
  function draw() {
    const codes = model.get("codes");
    if (written !== textOf(codes)) {
      written = textOf(codes);
      labels = codes.map((code) => visible(String.fromCodePoint(code)));
      walk = player(codes.length - 1, choose, 700);
      text = passageText(labels, choose);
      walking.replaceChildren(walk.element);
      passage.replaceChildren(text.element);
    }
    const state = Object.fromEntries(NAMES.map((name) => [name, model.get(name)]));
    const seen = look(state);
    const { step } = state;

    if (typed.value !== written) typed.value = written; // a caret that is moved is lost
    cached.checked = state.cached;
    slots.value = state.slots;
    slotsTold.textContent = `slots of the ring: ${state.slots}`;
    slots.setAttribute("aria-valuetext", counted(state.slots, "slot"));
    walk.show(seen.place, `step ${step} of ${labels.length}: reads ${inSentence(labels[seen.place])}`);
    text.show((other) => kind(other, state, seen));
    map.show(labels.length, state);
    ring.show(labels, seen);
    const told = [[commas(seen.without), `${step} × ${step + 1} / 2`], [commas(step), "one a step"],
      [commas(seen.bytes), `${counted(state.slots, "slot")}, full or not`]];
    numbers.forEach(({ now }, i) => now.replaceChildren(told[i][0], make("small", {}, told[i][1])));
    said.say(summary(labels, state, seen));
  }

  for (const name of ["codes", "step", "slots", "cached"]) model.on(`change:${name}`, draw);
  draw();
}

const NAMES = ["step", "slots", "cached", "slot_bytes", "place_bytes"];

export default { render };
