// Where each character of a passage looks, and what becomes of it without the mask or without positions.  Python has computed it all.

const SHADES = 10;

/** A byte for each whole percent. */
const percents = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));

/** How strong the colour of a weight is, 0 to SHADES, by its root, so that small ones are seen. */
const shade = (code) => Math.ceil(SHADES * Math.sqrt(code / 100));

/** A weight in whole percents; what is merely near 0 or 1 is not called 0 or 1. */
function share(code, end) {
  if (code === 0) return "<\u00a01\u00a0%";
  return code === 100 && end > 1 ? ">\u00a099\u00a0%" : `${code}\u00a0%`;
}

/** Where a place stands, seen from the one that asks. */
function where(distance) {
  return distance === 0 ? "itself" : `${Math.abs(distance)} ${distance < 0 ? "before" : "after"}`;
}

/** All that is seen with these settings: the matrix of the head, its row, how many places that one sees, what is guessed and what it costs. */
export function look(data, { layer, head, place, mask, positions }) {
  const { layers, heads, time } = data;
  const setting = (mask ? 0 : 2) + (positions ? 0 : 1);
  const which = (setting * layers + layer - 1) * heads + head - 1;
  const matrix = data.percents.subarray(which * time * time, (which + 1) * time * time);
  return {
    setting, matrix, row: matrix.subarray(place * time, (place + 1) * time), end: mask ? place + 1 : time,
    later: data.later[which * time + place], guesses: data.guesses[setting][place],
    told: [setting, 0].map((one) => {
      const costs = data.costs[one];
      return [costs[place], costs.reduce((sum, bits) => sum + bits, 0) / time].map(decimals);
    }),
  };
}

/** The figure in words. */
function summary(data, { layer, head, place, mask }, { setting, row, end, later, guesses, told }) {
  const named = (other) => inSentence(data.text[other]);
  const order = Array.from({ length: end }, (_, other) => other)
    .sort((a, b) => row[b] - row[a] || Math.abs(place - a) - Math.abs(place - b) || a - b);
  let most = order.slice(0, 3).map((other) => `${named(other)} (${where(other - place)}) ${share(row[other], end)}`).join(", ");
  if (!mask) most += `; ${place + 1 < end ? share(later, end) : "0\u00a0%"} of its weight lies on later places`;
  const [guess, p] = guesses[0];
  const [[here, mean], trained] = told;
  return `Layer ${layer}, head ${head}, ${data.words.how[setting]}: ${named(place)} at place ${place} looks most at ${most}. Likeliest next: ` +
    `${inSentence(data.labels[guess])} ${percent(p)}; the true next character, ${named(place + 1)}, costs ${here} bits, and the passage ` +
    `${mean} on average.${setting === 0 ? "" : ` As trained: ${trained.join(" and ")}.`}`;
}

function render({ model, el }) {
  const labels = model.get("labels"), ids = model.get("ids");
  const data = {
    labels, ids, text: ids.map((id) => labels[id]), time: ids.length - 1, layers: model.get("layers"), heads: model.get("heads"),
    percents: percents(model.get("percents")), later: percents(model.get("later")), guesses: model.get("guesses"), costs: model.get("costs"), words: model.get("words"),
  };
  const { text, time } = data;
  const change = changer(model);

  const legend = (words) => make("p", { className: "legend" }, words);

  // The controls.
  const menu = (name, last) => {
    const select = make("select", {}, ...Array.from({ length: last }, (_, i) => make("option", { value: i + 1 }, `${i + 1}`)));
    select.addEventListener("change", () => change(name, Number(select.value)));
    return select;
  };
  const box = (name) => {
    const checkbox = make("input", { type: "checkbox" });
    checkbox.addEventListener("change", () => change(name, checkbox.checked));
    return checkbox;
  };
  const layer = menu("layer", data.layers), head = menu("head", data.heads);
  const mask = box("mask"), positions = box("positions");
  const asking = player(time - 1, (place) => change("place", place), 700);

  // The passage: one character of it is reached by Tab, the others from there by the arrows.
  const cells = text.map((label, place) => make(place < time ? "button" : "span", { type: "button", className: "cell" },
    make("bdi", {}, label), " ", make("small")));
  const buttons = cells.slice(0, time);
  const passage = make("div", { className: "attention-text", role: "group", "aria-label": "the passage" }, ...cells);
  passage.addEventListener("click", (event) => {
    const place = buttons.indexOf(event.target.closest("button"));
    if (place > -1) change("place", place);
  });
  passage.addEventListener("keydown", (event) => {
    const ways = { ArrowLeft: -1, ArrowRight: 1, Home: -time, End: time };
    if (event.ctrlKey || event.metaKey || event.altKey || !(event.key in ways)) return;
    event.preventDefault();
    const place = Math.min(time - 1, Math.max(0, buttons.indexOf(event.target) + ways[event.key]));
    change("place", place);
    buttons[place].focus({ preventScroll: true });
  });

  // What they move.
  const words = liveText();
  const hidden = makeSvg("path", { class: "masked", d: `M0 0${text.slice(0, time).map((_, t) => `V${t}H${t + 1}`).join("")}V0z` });
  const paths = Array.from({ length: SHADES }, (_, i) => makeSvg("path", { "fill-opacity": (i + 1) / SHADES }));
  const line = makeSvg("rect", { x: 0, width: time, height: 1 });
  const map = makeSvg("svg", { class: "attention-map", viewBox: `0 0 ${time} ${time}`, role: "img", "aria-label": data.words.picture }, hidden, ...paths, line);
  map.addEventListener("click", (event) => {
    const { top, height } = map.getBoundingClientRect();
    change("place", Math.min(time - 1, Math.max(0, Math.floor((time * (event.clientY - top)) / height))));
  });
  const bars = make("ul", { className: "bars" });
  const measures = data.words.measures.map((name) => ({ name, now: make("dd") }));

  el.append(frame("Attention explorer",
    make("div", { className: "choices control" }, data.layers > 1 ? labelled("layer", layer) : "", data.heads > 1 ? labelled("head", head) : ""),
    make("div", { className: "choices control attention-switches", role: "group", "aria-label": "the model is read with" },
      make("span", { "aria-hidden": "true" }, "read with"), make("label", {}, mask, "its mask"), make("label", {}, positions, "positions")),
    asking.element, passage, legend(data.words.cells), words.paragraph,
    make("div", { className: "attention-beside" },
      make("div", {}, map, legend(data.words.matrix)),
      make("div", {}, legend(data.words.next), bars,
        make("dl", {}, ...measures.map(({ name, now }) => measure(now, name))))),
    legend(data.words.note)));

  let drawn; // the matrix that is on the map
  function draw() {
    const now = Object.fromEntries(NAMES.map((name) => [name, model.get(name)]));
    const seen = look(data, now);
    const { place } = now;

    layer.value = now.layer;
    head.value = now.head;
    mask.checked = now.mask;
    positions.checked = now.positions;
    asking.show(place, `asking: ${inSentence(text[place])} at place ${place} of 0 to ${time - 1}`);
    cells.forEach((cell, other) => showCell(cell, other, place, seen, text));
    words.say(summary(data, now, seen));
    const which = `${seen.setting} ${now.layer} ${now.head}`;
    if (which !== drawn) {
      const cut = paths.map(() => []);
      seen.matrix.forEach((code, i) => code > 0 && cut[shade(code) - 1].push(`M${i % time} ${Math.floor(i / time)}h1v1h-1z`));
      paths.forEach((path, i) => path.setAttribute("d", cut[i].join("")));
      hidden.style.display = now.mask ? "" : "none";
      drawn = which;
    }
    line.setAttribute("y", place);
    showBars(bars, seen.guesses.map(([id, p]) => {
      const isTrue = id === ids[place + 1];
      return { label: labels[id], share: p, kind: isTrue ? "true" : "", words: `${percent(p)}${isTrue ? ", true" : ""}` };
    }));
    measures.forEach(({ now: number }, i) => number.replaceChildren(seen.told[0][i], make("small", {}, `as trained: ${seen.told[1][i]}`)));
  }

  for (const name of NAMES) model.on(`change:${name}`, draw);
  draw();
}

const NAMES = ["layer", "head", "place", "mask", "positions"];

/** A character of the passage: what it gets of the asking one's weight. */
function showCell(cell, other, place, { row, end }, text) {
  const isSeen = other < end;
  const code = isSeen ? row[other] : 0;
  const told = share(code, end);
  cell.className = other === place ? "cell asks" : isSeen ? "cell" : "cell masked";
  cell.style.setProperty("--shade", shade(code) / SHADES);
  cell.lastChild.textContent = code > 0 ? told.replace("\u00a0%", "") : "";
  if (cell.tagName !== "BUTTON") return;
  cell.tabIndex = other === place ? 0 : -1;
  cell.setAttribute("aria-pressed", other === place);
  const asks = other === place ? ", asks" : "";
  cell.setAttribute("aria-label", `${text[other]} ${isSeen ? told : "not seen"}, place ${other}${asks}`); // it begins as what is seen
}

export default { render };
