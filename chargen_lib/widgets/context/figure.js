// What tables of counts expect along a passage, with the context as long as the reader likes.  Python has counted; here one place is chosen.

const BORDERS = [1, 2, 4, 8]; // bits at which the colour of a character changes, as in Python
const HERE = ["At this place", ["context", "seen", "ways", "bits, Kneser-Ney", "bits, bare counts"]];
const PASSAGE = ["On the whole passage", ["context", "mean bits, Kneser-Ney", "context seen", "impossible by counts"]];

/** A whole number with commas between thousands. */
const commas = (number) => String(number).replace(/\B(?=(\d{3})+$)/g, ",");

/** Everything about one place and one length of context, from the state. */
export function look(state, place, k) {
  const at = place - state.longest;
  const [times, ways, best, shares, counts] = state.rows[state.row_of[k][at]];
  const wasSeen = state.found[at] >= k;
  const id = state.passage[place];
  const known = best.indexOf(id);
  const unlikely = Math.max(Math.round(10000 * 2 ** (-state.cost[k][at] / 1000)), 1); // not among the likeliest
  const comes = { id, share: known === -1 ? unlikely : shares[known], count: state.times[k][at] };
  const shown = best.map((other, n) => ({ id: other, share: shares[n], count: counts[n] }));
  const byCounts = !wasSeen ? "–" : comes.count === 0 ? "∞" : decimals(Math.log2(times / comes.count));
  return { times, ways, wasSeen, found: state.found[at], shown, comes, bits: decimals(state.cost[k][at] / 1000), byCounts };
}

/** The figure in words. */
export function summary(state, place, k) {
  const { times, ways, wasSeen, found, shown, comes, bits, byCounts } = look(state, place, k);
  const named = (id) => inSentence(state.labels[id]);
  const before = (n) => inSentence(state.passage.slice(place - n, place).map((id) => state.labels[id]).join(""));
  const begin = `Context of ${k}, “${before(k)}”:`;
  let told = `${begin} never seen, so ${found > 0 ? `its end “${before(found)}” serves` : "no context serves"}.`;
  if (k === 0) told = `No context: ${commas(times)} characters were counted, ${ways} different ones.`;
  else if (wasSeen) {
    told = `${begin} seen ${times === 1 ? "once" : `${commas(times)} times`}, went on in ${ways > 1 ? `${ways} ways` : "1 way"}.`;
  }
  const likeliest = shown.slice(0, 3).map(({ id, share }) => `${named(id)} ${percent(share / 10000)}`).join(", ");
  const counted = `by the bare counts ${commas(comes.count)} of ${commas(times)}, ${comes.count > 0 ? `${byCounts} bits` : "impossible"}`;
  const cost = `${percent(comes.share / 10000)}, ${bits} bits by Kneser-Ney, ${wasSeen ? counted : "and the bare counts say nothing"}`;
  return `${told} Likeliest: ${likeliest}. What comes is ${named(comes.id)}: ${cost}.`;
}

function render({ model, el }) {
  const names = ["labels", "passage", "longest", "found", "cost", "times", "row_of", "rows", "means"];
  const state = Object.fromEntries(names.map((name) => [name, model.get(name)]));
  const { labels, passage, longest, means } = state;
  const places = passage.length - longest;
  const change = changer(model);

  const walk = player(places - 1, (at) => change("place", longest + at), 700);
  const slider = make("input", { type: "range", min: 0, max: longest, step: 1 });
  const told = make("span");
  slider.addEventListener("input", () => change("context", Number(slider.value)));

  const text = passageText(passage.map((id) => labels[id]), (place) => place >= longest && change("place", place));

  const said = liveText();
  const bars = make("ul", { className: "bars" });
  const here = makeTable(...HERE, longest + 1);
  const whole = makeTable(...PASSAGE, longest + 1);
  whole.show(means.map(([bits, ...shares]) => [decimals(bits), ...shares.map(percent)]));

  el.append(frame("Context lens", walk.element, make("div", { className: "control" }, make("label", {}, told, slider)),
    text.element, legend(), said.paragraph, bars,
    make("p", { className: "legend" }, "Probability by Kneser-Ney; how often it came after this context; ▸ what comes next."),
    make("div", { className: "tables" }, here.element, whole.element)));

  /** A character's classes: what it cost, whether its context was never seen, and what it is to the chosen place. */
  function kind(place, chosen, k) {
    const at = place - longest;
    const kinds = at < 0 ? ["lead"] : [`cost${BORDERS.filter((step) => state.cost[k][at] >= 1000 * step).length}`];
    if (at >= 0 && state.found[at] < k) kinds.push("unseen");
    if (chosen - k <= place && place < chosen) kinds.push("context");
    if (place === chosen) kinds.push("next");
    return kinds.join(" ");
  }

  function draw() {
    const place = model.get("place");
    const k = model.get("context");
    const { shown, comes, wasSeen } = look(state, place, k);

    walk.show(place - longest, `place ${place - longest + 1} of ${places}: next comes ${inSentence(labels[comes.id])}`);
    slider.value = k;
    told.textContent = `characters of context: ${k}`;
    slider.setAttribute("aria-valuetext", `${k} of ${longest} characters`);
    text.show((other) => kind(other, place, k));
    said.say(summary(state, place, k));

    const all = shown.some(({ id }) => id === comes.id) ? shown : [...shown, comes];
    const drawn = all.map(({ id, share, count }) => ({
      label: id === comes.id ? `▸ ${labels[id]}` : labels[id], share: share / 10000, kind: id === comes.id ? "next" : "",
      words: percent(share / 10000) + (wasSeen ? ` · ${commas(count)}×` : ""),
    }));
    const others = labels.length - all.length;
    if (others > 0) {
      const rest = Math.max(1, 10000 - all.reduce((sum, { share }) => sum + share, 0)) / 10000; // near 0, but never 0
      drawn.push({ label: others > 1 ? `${others} others` : "1 other", share: rest, kind: "together" });
    }
    showBars(bars, drawn);

    here.show(means.map((_, length) => {
      const { times, ways, wasSeen: known, bits, byCounts } = look(state, place, length);
      return [...(known ? [commas(times), ways] : [0, 0]), bits, byCounts];
    }));
    for (const table of [here, whole]) table.choose(k);
  }

  for (const name of ["place", "context"]) model.on(`change:${name}`, draw);
  draw();
}

/** A table with a line for each length of context. */
function makeTable(caption, heads, lines) {
  const rows = Array.from({ length: lines }, (_, k) =>
    make("tr", {}, make("th", { scope: "row" }, `${k}`), ...heads.slice(1).map(() => make("td"))));
  const element = make("table", {}, make("caption", {}, caption),
    make("thead", {}, make("tr", {}, ...heads.map((head) => make("th", { scope: "col" }, head)))), make("tbody", {}, ...rows));
  const show = (cells) => cells.forEach((row, k) => row.forEach((cell, n) => (rows[k].children[n + 1].textContent = cell)));
  const choose = (chosen) => rows.forEach((row, k) => (row.className = k === chosen ? "chosen" : ""));
  return { element, show, choose };
}

/** What the colours and lines of the passage mean. */
function legend() {
  const last = BORDERS.length;
  const keys = [...BORDERS, null].map((high, n) => [`cost${n}`, n === 0 ? `below ${high}` : n === last ? `${BORDERS[n - 1]} or more` : `${BORDERS[n - 1]} to ${high}`]);
  const key = ([kind, words]) => [make("span", { className: `swatch ${kind}` }, words), " "];
  return make("p", { className: "legend" }, "bits that each character cost: ", ...keys.flatMap(key),
    ...key(["unseen", "dotted"]), "its context was never seen ", ...key(["context", "lines"]), "the context ", ...key(["next", "box"]), "what comes next");
}

export default { render };
