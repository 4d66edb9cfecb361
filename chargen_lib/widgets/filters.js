// What the filters make of a distribution: in words, in bars, and the controls that set them.

const sum = (values) => values.reduce((total, value) => total + value, 0);

/** The share of the probability that stays; 1 exactly when nothing possible was removed. */
function keptMass({ before, removedBy }) {
  return 1 - sum(before.filter((_, id) => removedBy[id] !== ""));
}

/** How many were removed by what, the same words as _removed_in_words() in filters.py. */
function removedInWords(removed, removedBy, temperature) {
  const count = (name) => removedBy.filter((by) => by === name).length;
  const one = removedBy.length === 1;
  const parts = ["T", "top-k", "top-p", "min-p"].filter((name) => count(name) > 0).map(
    (name) => `${one ? "" : `${count(name)} `}by ${name === "T" ? `T = ${short(temperature)}` : name}`);
  const told = parts.length > 0 ? [removed + parts.join(", ")] : [];
  const impossible = count("impossible");
  if (impossible > 0) told.push(one ? "impossible" : `${impossible} impossible from the start`);
  return told.join("; ");
}

/** What is done, in its order. */
function stepsInWords({ temperature, top_k, top_p, min_p, temperature_first }) {
  const filters = [["top-k", top_k], ["top-p", top_p], ["min-p", min_p]].filter(([, setting]) => setting !== null);
  const steps = filters.map(([name, setting]) => `${name} ${short(setting)}`);
  steps.splice(temperature_first ? 0 : steps.length, 0, `T = ${short(temperature)}`);
  return steps.join(", then ");
}

/** What stays, what is removed by what, and what is drawn from, the same words as cut_in_words() in filters.py. */
function cutInWords(labels, result, settings) {
  const { after, removedBy, order } = result;
  const named = (id) => `${inSentence(labels[id])} ${percent(after[id])}`;
  const kept = order.filter((id) => removedBy[id] === "");
  let told = "nothing is removed.";
  if (kept.length < labels.length) {
    const stay = kept.length === 1 ? "stays" : "stay";
    told =
      `${kept.length} of ${labels.length} characters ${stay}, with ${percent(keptMass(result))} of the probability. ` +
      `${removedInWords("Removed: ", removedBy, settings.temperature)}.`;
  }
  const drawn = `${named(kept[0])}, ${kept.length === 1 ? "nothing else" : `then ${named(kept[1])}`}`;
  return `${stepsInWords(settings)}: ${told} Drawn from: ${drawn}. ${entropyInWords(entropyBits(after))}`;
}

/** One bar for these ids together.  What stays is solid, a mark across it where it was before; what is removed is hatched. */
function barOf(ids, label, { before, after, removedBy }, temperature, isDrawn) {
  const [was, is] = [before, after].map((probs) => sum(ids.map((id) => probs[id])));
  if (removedBy[ids[0]] === "") {
    const moves = removedBy.some((by) => by !== "");
    const words = `${moves ? `${percent(was)} → ` : ""}${percent(is)}${isDrawn ? ", drawn" : ""}`;
    return { label, share: is, kind: `kept${moves ? "" : " whole"}${isDrawn ? " drawn" : ""}`, words, mark: was };
  }
  const words = removedInWords(ids.length === 1 ? "removed " : "removed: ", ids.map((id) => removedBy[id]), temperature);
  return { label, share: was, kind: "removed", words: `${percent(was)} ${words}`, mark: 0 };
}

/** The share that a bar across the whole width stands for: a round one, and all bars find room. */
export function fullWidth(shares) {
  return [0.1, 0.2, 0.5].find((share) => Math.max(...shares) <= share) ?? 1;
}

/** The bars of what is cut and the key to them; show(labels, result, settings, drawn): the id that was drawn, if one was, is pointed out. */
function cutBars() {
  const key = make("p", { className: "key" });
  const bars = make("ul", { className: "bars cut" });
  const show = (labels, result, settings, drawn) => {
    const seenAt = settings.temperature_first ? settings.temperature : 1;
    key.replaceChildren();
    if (result.removedBy.some((by) => by !== "")) {
      key.append(
        make("span", { className: "kept" }, "stays"), ", ",
        make("span", { className: "was" }, `was before truncation (T = ${short(seenAt)})`), ", ",
        make("span", { className: "removed" }, "removed"), "; ");
    }

    const stays = (id) => result.removedBy[id] === "";
    const shown = result.order.slice(0, barsOf(labels.length));
    if (drawn !== undefined && !shown.includes(drawn)) shown.push(drawn);
    const others = result.order.filter((id) => !shown.includes(id));
    const groups = [...shown.map((id) => [id]), others.filter(stays), others.filter((id) => !stays(id))];
    const wanted = groups.filter((ids) => ids.length > 0).map((ids) => {
      const label = ids.length === 1 ? labels[ids[0]] : `${ids.length} others`;
      return barOf(ids, label, result, settings.temperature, ids[0] === drawn);
    });
    const full = fullWidth(wanted.flatMap(({ share, mark }) => [share, mark]));
    key.append(`full width: ${100 * full}\u00a0%`);
    showBars(bars, wanted.map((bar) => ({ ...bar, share: bar.share / full })));
    wanted.forEach(({ mark }, place) => {
      const track = bars.children[place].children[1];
      if (track.children.length < 2) track.append(make("span", { className: "before" }));
      track.lastChild.style.left = `${(100 * mark) / full}%`;
    });
  };
  return { elements: [key, bars], show };
}

/** How many characters stay, their share before, and the entropy of what is drawn from; show(result). */
function cutMeasures() {
  const count = make("dd"), mass = make("dd");
  const entropy = entropyMeasures();
  const element = make("dl", {}, measure(count, "characters that stay"), measure(mass, "their share before"), ...entropy.elements);
  const show = (result) => {
    const n = result.after.length;
    count.textContent = `${result.removedBy.filter((by) => by === "").length} of ${n}`;
    mass.textContent = percent(keptMass(result));
    entropy.show(result.after, n);
  };
  return { element, show };
}

/** A filter's controls: a checkbox that turns it on, a slider for its setting. */
function filterControl({ trait, name, rule, letter, low, high, step, usual }, change) {
  const on = make("input", { type: "checkbox" });
  const slider = make("input", { type: "range", min: low, max: high, step });
  const words = make("span");
  let last = usual; // what it is turned on with
  on.addEventListener("change", () => change(trait, on.checked ? last : null));
  slider.addEventListener("input", () => change(trait, Number(slider.value)));
  const show = (setting) => {
    last = setting ?? last;
    on.checked = setting !== null;
    slider.disabled = setting === null;
    slider.value = last;
    const more = trait === "top_k" && last > high ? `, of ${high}` : "";
    words.textContent = setting === null ? `${letter}: off` : `${letter} = ${short(last)}${more}`;
    slider.setAttribute("aria-valuetext", setting === null ? "off" : `${short(last)}${more}`);
  };
  const element = make("div", { role: "group", "aria-label": name },
    make("label", { className: "switch" }, on, make("span", {}, make("b", {}, name), `: ${rule}`)),
    make("label", { className: "setting" }, words, slider));
  return { element, show };
}

/** The controls of all three filters, for n characters; show(settings) puts them in their places. */
function filterControls(n, change) {
  const share = { low: 0.01, high: 1, step: 0.01 };
  const filters = [
    { trait: "top_k", name: "top-k", rule: "the k likeliest", letter: "k", low: 1, high: n, step: 1, usual: Math.min(5, n) },
    { trait: "top_p", name: "top-p", rule: "the likeliest that reach p together", letter: "p", ...share, usual: 0.9 },
    { trait: "min_p", name: "min-p", rule: "at least p times as likely as the likeliest", letter: "p", ...share, usual: 0.1 },
  ].map((filter) => ({ trait: filter.trait, ...filterControl(filter, change) }));
  const show = (settings) => {
    for (const { trait, show: showOne } of filters) showOne(settings[trait]);
  };
  return { element: make("div", { className: "filters control" }, ...filters.map(({ element }) => element)), show };
}
