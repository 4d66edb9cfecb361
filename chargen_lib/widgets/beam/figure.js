// A beam search step by step: what is kept, what is pruned, and where the likeliest text of all is lost.

const MOST_BEAMS = 16; // the widest search the slider offers, or as many as there are characters where these are more
const MOST_COLUMNS = 9; // of a longer search the tree shows the last steps
const MOST_KEPT = 16; // of each step, this many kept texts are shown,
const MOST_PRUNED = 6; //  and this many pruned ones: the best

// JAX counts in 32-bit numbers.  Texts of the same pairs of characters are equally likely, and then the last digit decides
// which is the better: let it decide here as it does there.
const round32 = Math.fround;

/** The table as beam_search in Python adds it up: 32 bits, and every row's probabilities made to sum to 1 (log_softmax). */
export function searchedTable(logProbs, logTotals) {
  return logProbs.map((row, previous) => {
    const largest = round32(Math.max(...row));
    return row.map((logP) => round32(round32(round32(logP) - largest) - logTotals[previous]));
  });
}

/**
 * Every step of the search, { kept, pruned }: texts as ids with their ln p, the best first.  Step 0 has the empty text alone.
 * Of equals, first the better beam's, then the lower id.  A text that is impossible is neither kept nor pruned.
 */
export function beamSearch(table, start, numChars, numBeams) {
  let kept = [{ ids: [], logProb: 0 }];
  const steps = [{ kept, pruned: [] }];
  for (let length = 1; length <= numChars; length += 1) {
    const longer = [];
    kept.forEach((beam, parent) => {
      table[beam.ids.at(-1) ?? start].forEach((next, id) => {
        const logProb = round32(beam.logProb + next);
        const score = round32(logProb * round32(1 / length)); // all are equally long: this changes no order but a rounded one
        if (logProb > -Infinity) longer.push({ ids: [...beam.ids, id], logProb, score, next, parent });
      });
    });
    longer.sort((a, b) => b.score - a.score); // equals stay as they are: by beam, then by id
    kept = longer.slice(0, numBeams);
    steps.push({ kept, pruned: longer.slice(numBeams) });
  }
  return steps;
}

/** The likeliest text of all: its ids and its ln p.  The best text that ends in a character extends the best of some character. */
export function viterbi(logProbs, start, numChars) {
  const argmax = (values) => values.indexOf(Math.max(...values));
  let best = logProbs[start]; // for each character, ln p of the likeliest text so far that ends in it
  const before = [];
  for (let length = 2; length <= numChars; length += 1) {
    const through = best.map((_, next) => best.map((logProb, previous) => logProb + logProbs[previous][next]));
    before.unshift(through.map(argmax));
    best = through.map((totals) => Math.max(...totals));
  }
  const ids = [argmax(best)];
  for (const previous of before) ids.unshift(previous[ids[0]]);
  return { ids, logProb: Math.max(...best) };
}

/** ln p of a text. */
export function logProbOf(logProbs, start, ids) {
  return ids.reduce((total, id, place) => total + logProbs[place === 0 ? start : ids[place - 1]][id], 0);
}

/** Whether a beam is how another text begins. */
function begins(beam, ids) {
  return beam.ids.every((id, place) => id === ids[place]);
}

/** All there is to know about one search: its steps, the likeliest text, the step that lost it (-1: none), and greedy's text. */
export function explore(logProbs, logTotals, start, numChars, numBeams) {
  const table = searchedTable(logProbs, logTotals);
  const steps = beamSearch(table, start, numChars, numBeams);
  const best = viterbi(logProbs, start, numChars);
  const lostAt = steps.findIndex(({ kept }) => !kept.some((beam) => begins(beam, best.ids)));
  const asLikely = logProbOf(logProbs, start, steps[numChars].kept[0].ids) >= best.logProb - 1e-9;
  const greedy = beamSearch(table, start, numChars, 1)[numChars].kept[0];
  return { steps, best, lostAt, asLikely, greedy };
}

/** The figure in words. */
export function summary(labels, start, numBeams, step, { steps, best, lostAt, asLikely }) {
  const named = ({ ids, logProb }) => `“${inSentence(ids.map((id) => labels[id]).join(""))}” (${decimals(logProb)})`;
  const last = steps.length - 1;
  const { kept, pruned } = steps[step];
  const at = `Step ${step} of ${last}, width ${numBeams}: `;
  if (step === 0) return `${at}nothing is written yet, after “${inSentence(labels[start])}”.`;

  const names = kept.slice(0, 3).map(named);
  if (kept.length > 3) names.push(`${kept.length - 3} more`);
  const listed = names.length === 1 ? names[0] : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
  const told = `${at}kept ${listed}; pruned ${pruned.length === 0 ? "none" : pruned.length}.`;

  const isLost = lostAt !== -1 && lostAt <= step;
  if (isLost && asLikely) {
    return `${told} The likeliest text was pruned at step ${lostAt}, but one as likely ${step < last ? "is still in the beam" : "was found"}.`;
  }
  if (isLost) return `${told} The likeliest text${step === last ? `, ${named(best)},` : ""} was lost at step ${lostAt}.`;
  if (step < last) return `${told} The likeliest text is still in the beam.`;
  return `${told} The likeliest text of all was found.`;
}

function render({ model, el }) {
  const labels = model.get("labels");
  const logProbs = model.get("log_probs").map((row) => row.map(fromJson));
  const logTotals = model.get("log_totals");
  const numChars = model.get("num_chars");
  const widest = Math.max(MOST_BEAMS, labels.length);

  // The controls.
  const startMenu = make("select", {}, ...labels.map((label, id) => make("option", { value: id }, label)));
  const slider = make("input", { type: "range", min: 1, max: widest, step: 1 });
  const sliderLabel = make("span");
  const marks = make("div", { className: "marks", "aria-hidden": "true" },
    make("span", {}, "1: greedy"), make("span", {}, `${widest}`));
  const back = make("button", { type: "button" }, "Back");
  const forward = make("button", { type: "button" }, "Step");
  const toEnd = make("button", { type: "button" }, "To the end");

  // What they move.
  const words = liveText();
  const tree = make("div", { className: "tree", role: "img" });
  const legend = make("p", { className: "legend", "aria-hidden": "true" },
    make("span", { className: "node kept" }, "x"), " kept \u2003",
    make("span", { className: "node pruned" }, "x"), " pruned \u2003",
    make("span", { className: "node kept best" }, "x"), " likeliest text");
  const lists = make("div", { className: "texts" });
  const found = make("dd"), best = make("dd"), greedy = make("dd");
  const comparison = make("dl", {},
    make("div", {}, make("dt", {}, "this search finds (ln p)"), found),
    make("div", {}, make("dt", {}, "likeliest of all, by Viterbi"), best),
    make("div", {}, make("dt", {}, "greedy finds"), greedy));

  el.append(frame("Beam search explorer",
    make("div", { className: "choices control" }, labelled("start after", startMenu)),
    make("div", { className: "control" }, make("label", {}, sliderLabel, slider), marks),
    make("div", { className: "choices control buttons" }, back, forward, toEnd),
    words.paragraph, tree, legend, lists, comparison));

  function draw() {
    const start = model.get("start");
    const numBeams = model.get("num_beams");
    const step = model.get("step");
    const search = explore(logProbs, logTotals, start, numChars, numBeams);
    const { steps } = search;

    startMenu.value = start;
    slider.value = numBeams;
    slider.setAttribute("aria-valuetext", beams(numBeams));
    sliderLabel.textContent = `width of the search: ${beams(numBeams)}`;
    // Not `disabled`: a button that disables itself drops the keyboard's focus.
    back.setAttribute("aria-disabled", step === 0);
    for (const button of [forward, toEnd]) button.setAttribute("aria-disabled", step === numChars);

    words.say(summary(labels, start, numBeams, step, search));
    drawTree(tree, labels, start, step, search);
    listTexts(lists, labels, step, search);
    const named = ({ ids, logProb }) => `${inSentence(ids.map((id) => labels[id]).join(""))} ${decimals(logProb)}`;
    found.textContent = step === numChars ? named(steps[numChars].kept[0]) : "…";
    best.textContent = named(search.best);
    greedy.textContent = named(search.greedy);
  }

  const change = changer(model);
  startMenu.addEventListener("change", () => change("start", Number(startMenu.value)));
  slider.addEventListener("input", () => change("num_beams", Number(slider.value)));
  back.addEventListener("click", () => change("step", Math.max(0, model.get("step") - 1)));
  forward.addEventListener("click", () => change("step", Math.min(numChars, model.get("step") + 1)));
  toEnd.addEventListener("click", () => change("step", numChars));
  for (const name of ["start", "num_beams", "step"]) model.on(`change:${name}`, draw);
  draw();
}

function beams(number) {
  return number === 1 ? "1 beam" : `${number} beams`;
}

/** The texts of a step that there is room for, with their ranks: the best of both kinds, and always the one that leads to the likeliest text. */
function shownTexts({ kept, pruned }, bestIds) {
  const ranked = [...kept, ...pruned].map((text, place) => {
    const isKept = place < kept.length;
    const hasRoom = isKept ? place < MOST_KEPT : place < kept.length + MOST_PRUNED;
    const leadsToBest = begins(text, bestIds);
    return { text, place, isKept, leadsToBest, shown: hasRoom || leadsToBest };
  });
  return ranked.filter(({ shown }) => shown);
}

/** What is kept at this step, and all that it grew from. */
function ancestors(steps, step) {
  const alive = new Set(steps[step].kept);
  for (let length = step; length > 0; length -= 1) {
    for (const text of steps[length].kept) if (alive.has(text)) alive.add(steps[length - 1].kept[text.parent]);
  }
  return alive;
}

/** A column for each step, its texts by their last characters, best at the top; a line from each text to the one it extends, thin where it led no further. */
function drawTree(tree, labels, start, step, { steps, best }) {
  const rowHeight = 28; // pixels
  const numColumns = Math.min(steps.length, MOST_COLUMNS);
  const first = Math.max(0, step - numColumns + 1);
  const columns = steps.slice(first, first + numColumns).map((texts) => shownTexts(texts, best.ids));
  const left = (column) => (100 * (column + 0.5)) / numColumns; // percent
  const top = (row) => rowHeight * (row + 1.5);

  const height = rowHeight * (2 + Math.max(...columns.map((column) => column.length)));
  const alive = ancestors(steps, step);
  const lines = makeSvg("svg", { viewBox: `0 0 100 ${height}`, preserveAspectRatio: "none" });
  const nodes = [];
  const place = (column, row, className, text) =>
    nodes.push(make("span", { className, style: `left:${left(column)}%;top:${top(row)}px` }, make("bdi", {}, text)));
  columns.forEach((texts, column) => {
    place(column, -1, "head", first + column === 0 ? "start" : `${first + column}`);
    if (first + column > step) return; // still to come
    texts.forEach(({ text, isKept, leadsToBest }, row) => {
      const kind = `${isKept ? (alive.has(text) ? "kept" : "kept ended") : "pruned"}${leadsToBest ? " best" : ""}`;
      place(column, row, `node ${kind}`, labels[text.ids.at(-1) ?? start]);
      const parentRow = column === 0 ? -1 : columns[column - 1].findIndex((other) => other.isKept && other.place === text.parent);
      if (parentRow === -1) return;
      const [x1, y1, x2, y2] = [left(column - 1), top(parentRow), left(column), top(row)];
      lines.append(makeSvg("line", { x1, y1, x2, y2, class: kind, "vector-effect": "non-scaling-stroke" }));
    });
    const { kept, pruned } = steps[first + column];
    const hidden = kept.length + pruned.length - texts.length;
    if (hidden > 0) place(column, texts.length, "head", `+${hidden}`);
  });
  tree.style.height = `${height}px`;
  tree.setAttribute("aria-label", `The tree of the search up to step ${step}; the lists that follow have its texts.`);
  tree.replaceChildren(lines, ...nodes);
}

/** The texts of this step in words and numbers: ln p of the beam, and of the next character, and their sum. */
function listTexts(lists, labels, step, { steps, best }) {
  lists.replaceChildren();
  if (step === 0) return;
  const shown = shownTexts(steps[step], best.ids);
  const parents = steps[step - 1].kept;
  for (const isKept of [true, false]) {
    const texts = shown.filter((item) => item.isKept === isKept);
    const total = steps[step][isKept ? "kept" : "pruned"].length;
    if (total === 0) continue;
    const title = isKept ? (step === steps.length - 1 ? "The final beams, best first" : "Kept, best first") : "Pruned";
    const more = total > texts.length ? `, ${texts.length} of ${total} shown` : `: ${total}`;
    const items = texts.map(({ text, place, leadsToBest }) => make("li", { className: leadsToBest ? "best" : "" },
      make("span", { className: "rank" }, `${place + 1}.`),
      make("span", { className: "text" }, make("bdi", {}, text.ids.map((id) => labels[id]).join("")),
        ...(leadsToBest ? [make("span", { role: "img", "aria-label": "leads to the likeliest text" }, " ★")] : [])),
      make("span", { className: "sum" },
        make("span", { className: "steps" }, `${decimals(parents[text.parent].logProb)} − ${decimals(Math.abs(text.next))} = `),
        make("span", { className: "total" }, decimals(text.logProb)))));
    lists.append(make("p", {}, `${title}${more}`), make("ul", { className: isKept ? "kept" : "pruned" }, ...items));
  }
}

export default { render };
