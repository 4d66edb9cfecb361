// The characters' map as training goes on: points that move, axes that do not, and lines to the nearest.

const WIDTH = 100; // of the map, in its own units, as in Python
const HEIGHT = 80;
const MARGIN = 6;
const KINDS = ["vowel", "consonant", "capital", "space", "sign"];
const WAYS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [1, -1], ArrowDown: [1, 1] }; // along x or y, back or on

/** The k rows most alike to row `own` by cosine, the most alike first, of equals the lower id: [{ id, cosine }]. */
export function nearest(table, own, k) {
  const product = (u, v) => u.reduce((sum, x, place) => sum + x * v[place], 0);
  const lengths = table.map((row) => Math.sqrt(product(row, row)) || 1); // an all-zero row has the cosine 0 with every other
  // Rounded, since the same direction is equally near, whatever its last digit says.
  const cosine = (id) => Math.round((1e9 * product(table[id], table[own])) / (lengths[id] * lengths[own])) / 1e9;
  const others = table.map((_, id) => ({ id, cosine: cosine(id) })).filter(({ id }) => id !== own);
  return others.sort((a, b) => b.cosine - a.cosine || a.id - b.id).slice(0, k);
}

/** Which moment it is, in words. */
function when(steps, bits, moment) {
  const loss = bits.length > 0 ? ` (${decimals(bits[moment])} bits per character)` : "";
  return `step ${steps[moment]} of ${steps.at(-1)}${loss}`;
}

/** The figure in words. */
export function summary(labels, steps, bits, moment, chosen, near) {
  const named = near.map(({ id, cosine }) => `${inSentence(labels[id])} ${decimals(cosine)}`).join(", ");
  return `S${when(steps, bits, moment).slice(1)}: nearest to ${inSentence(labels[chosen])}: ${named}.`;
}

/** What one must know to read the map. */
function caption(spread, numbers) {
  return `The map is seen along the two directions in which the last table spreads most; they hold ${spread}\u00a0% of its `
    + `spread. The points move, the axes do not. The nearest are found by cosine with all ${numbers} numbers, `
    + "so they need not be the nearest on the map. Dotted: the way of the chosen point until now.";
}

/** Near the right edge the label stands on the left. */
function pointClass(x, isChosen, isNear) {
  return `point${x > WIDTH - 2 * MARGIN ? " left" : ""}${isChosen ? " chosen" : ""}${isNear ? " near" : ""}`;
}

function render({ model, el }) {
  const labels = model.get("labels");
  const kinds = model.get("kinds");
  const tables = model.get("tables").map((table) => table.map((row) => row.map(Math.fround))); // 32 bits, as they were trained
  const points = model.get("points");
  const steps = model.get("steps");
  const bits = model.get("bits");

  const change = changer(model);
  const moments = player(steps.length - 1, (moment) => change("moment", moment));
  const words = liveText();
  const lines = makeSvg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, "aria-hidden": "true" });
  const buttons = labels.map((label, id) =>
    make("button", { type: "button", "aria-label": `${label}, ${kinds[id]}` },
      make("span", { className: `mark ${kinds[id]}` }), make("bdi", {}, label)));
  const map = make("div", { className: "character-map", role: "group",
    "aria-label": `Map of ${labels.length} characters. An arrow key goes to the next point that way, a letter to its own; Enter chooses.` },
    lines, ...buttons);
  const legend = KINDS.filter((kind) => kinds.includes(kind)).map((kind) =>
    make("span", {}, make("span", { className: `mark ${kind}` }), ` ${kind}`));
  const whose = make("p", { className: "legend" });
  const bars = make("ul", { className: "bars" });
  el.append(frame("Embedding explorer", moments.element, words.paragraph, map,
    make("p", { className: "legend kinds", "aria-hidden": "true" }, ...legend),
    make("p", { className: "legend" }, caption(model.get("spread"), tables[0][0].length)), whose, bars));

  function draw() {
    const moment = model.get("moment");
    const chosen = model.get("chosen");
    const near = nearest(tables[moment], chosen, model.get("k"));
    const here = points[moment];

    moments.show(moment, when(steps, bits, moment));
    words.say(summary(labels, steps, bits, moment, chosen, near));
    buttons.forEach((button, id) => {
      const [x, y] = here[id];
      button.className = pointClass(x, id === chosen, near.some((other) => other.id === id));
      button.style.left = `${(100 * x) / WIDTH}%`;
      button.style.top = `${(100 * y) / HEIGHT}%`;
      button.setAttribute("aria-pressed", id === chosen);
    });
    if (!map.contains(document.activeElement)) tabTo(chosen);
    const way = points.slice(0, moment + 1).map((places) => places[chosen].join(",")).join(" ");
    const [x1, y1] = here[chosen];
    lines.replaceChildren(makeSvg("polyline", { points: way }),
      ...near.map(({ id }) => makeSvg("line", { x1, y1, x2: here[id][0], y2: here[id][1] })));
    whose.textContent = `cosine with ${inSentence(labels[chosen])}`;
    showBars(bars, near.map(({ id, cosine }) => ({ label: labels[id], share: Math.max(0, cosine), kind: "", words: decimals(cosine) })));
  }

  /** The one point that the Tab key reaches. */
  function tabTo(place) {
    buttons.forEach((button, id) => (button.tabIndex = id === place ? 0 : -1));
  }

  function focus(place) {
    tabTo(place);
    buttons[place].focus({ preventScroll: true });
  }

  /** The point next to this one along an axis; where two are level, by their ids. */
  function neighbour(place, [axis, way]) {
    const here = points[model.get("moment")];
    const order = buttons.map((_, id) => id).sort((a, b) => here[a][axis] - here[b][axis] || a - b);
    return order[order.indexOf(place) + way];
  }

  map.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const place = event.key in WAYS ? neighbour(buttons.indexOf(event.target), WAYS[event.key]) : labels.indexOf(event.key);
    if (event.key in WAYS || place > -1) event.preventDefault();
    if (place > -1) focus(place); // not undefined, behind the last point, and not -1, a key that is no character of the map
  });

  map.addEventListener("click", (event) => {
    let place = buttons.indexOf(event.target.closest("button"));
    if (event.detail > 0) { // by mouse or finger: of points that lie close together the one that was meant is the nearest
      const { left, top, width } = map.getBoundingClientRect();
      const x = ((event.clientX - left) * WIDTH) / width, y = ((event.clientY - top) * WIDTH) / width;
      const distances = points[model.get("moment")].map((point) => Math.hypot(point[0] - x, point[1] - y));
      const smallest = Math.min(...distances);
      if (place === -1 || distances[place] > smallest + 0.1) place = distances.indexOf(smallest);
    }
    focus(place);
    change("chosen", place);
  });

  for (const name of ["chosen", "moment"]) model.on(`change:${name}`, draw);
  draw();
}

export default { render };
