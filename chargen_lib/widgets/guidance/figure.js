// Between and beyond two distributions: what a network expects when it is told a kind of text, and when it is not.

const HARDEST = 8; // the scale at the right end of the slider
const SCALE_STEP = 0.25;

/** Three distributions of the next character: without the kind, with it, and guided. */
export function guided(moment, kind, scale) {
  const u = moment.untold;
  const c = moment.told[kind];
  const at = (s) => probabilities(u.map((z, id) => z + s * (c[id] - z)), 1);
  return { untold: at(0), told: at(1), now: at(scale) };
}

/** The ids that have a bar each, in their order: the likeliest of not told, told, and told as hard as can be, whatever the scale. */
function shownIds(moment, kind) {
  const { untold, told, now } = guided(moment, kind, HARDEST);
  const often = untold.map((p, id) => p + told[id] + now[id]);
  return byLikelihood(often).slice(0, barsOf(often.length)).sort((a, b) => a - b);
}

/** The figure in words, the same as summary() in figure.py. */
export function summary(labels, moment, kindName, { untold, told, now }, scale) {
  const named = (id) => inSentence(labels[id]);
  const [best, second] = byLikelihood(now);
  const then = second === undefined ? "" : `, then ${named(second)} ${percent(now[second])}`;
  const [gains] = byLikelihood(told.map((p, id) => p - untold[id]));
  const shares = `${percent(untold[gains])} when not told, ${percent(told[gains])} when told, ${percent(now[gains])} now`;
  const changes = percent(untold[gains]) !== percent(told[gains]);
  const change = changes ? `The kind adds most to ${named(gains)}: ${shares}.` : "The kind changes nothing here.";
  return (
    `After “${inSentence(moment.name)}”, asked for “${inSentence(kindName)}”, scale ${short(scale)}: ${named(best)} ${percent(now[best])}${then}. ` +
    `${change} ${entropyInWords(entropyBits(now))}`
  );
}

/** A choice by name; nothing to choose where there is one only. */
function choice(words, names, change) {
  const menu = make("select", {}, ...names.map((name, place) => make("option", { value: place }, name)));
  menu.addEventListener("change", () => change(Number(menu.value)));
  return { element: names.length > 1 ? labelled(words, menu) : "", show: (place) => (menu.value = place) };
}

function scaleSlider(change) {
  const slider = make("input", { type: "range", min: 0, max: HARDEST, step: SCALE_STEP });
  const words = make("span");
  const marks = make("div", { className: "marks", "aria-hidden": "true" },
    make("span", {}, "0: not told"), make("span", {}, `${HARDEST}`));
  slider.addEventListener("input", () => change(Number(slider.value)));
  const show = (scale) => {
    slider.value = scale;
    const told = `${short(scale)}${scale === 0 ? ", not told" : scale === 1 ? ", told" : ""}`;
    slider.setAttribute("aria-valuetext", told);
    words.textContent = `scale s = ${told}`;
  };
  return { element: make("div", { className: "control" }, make("label", {}, words, slider), marks), show };
}

function render({ model, el }) {
  const labels = model.get("labels");
  const kinds = model.get("kinds");
  const moments = model.get("moments");
  const change = changer(model);

  const moment = choice("after", moments.map(({ name }) => name), (place) => change("moment", place));
  const kind = choice("asked for", kinds, (place) => change("kind", place));
  const menus = [moment, kind].map(({ element }) => element).filter((element) => element !== "");
  const choices = menus.length > 0 ? [make("div", { className: "choices control" }, ...menus)] : [];
  const slider = scaleSlider((scale) => change("scale", scale));

  const key = make("p", { className: "legend guided" }, make("span", { className: "untold" }, "not told (scale 0)"), ", ",
    make("span", { className: "told" }, "told (scale 1)"), ", ", make("span", { className: "guided-now" }, "now"),
    "; in figures: not told → told → now");
  const bars = make("ul", { className: "bars guided" });
  const entropies = ["not told", "told", "now"].map(() => make("dd"));
  const measures = make("dl", {}, ...["not told", "told", "now"].map((name, n) => measure(entropies[n], `entropy, ${name}`)));
  const words = liveText();

  el.append(frame("Guidance explorer", ...choices, slider.element,
    key, bars, measures, words.paragraph));

  function draw() {
    const scale = model.get("scale");
    const here = moments[model.get("moment")];
    const asked = model.get("kind");
    const three = guided(here, asked, scale);
    const all = [three.untold, three.told, three.now];

    moment.show(model.get("moment"));
    kind.show(asked);
    slider.show(scale);

    const shown = shownIds(here, asked);
    const groups = shown.map((id) => [id]);
    const others = labels.map((_, id) => id).filter((id) => !shown.includes(id));
    if (others.length > 0) groups.push(others);
    const shares = groups.map((ids) => all.map((probs) => ids.reduce((sum, id) => sum + probs[id], 0)));
    showBars(bars, groups.map((ids, place) => ({
      label: ids.length > 1 ? `${ids.length} others` : labels[ids[0]],
      share: shares[place][2],
      kind: ids.length > 1 ? "together" : "",
      words: shares[place].map(percent).join(" → "),
    })));
    shares.forEach(([untold, told], place) => {
      const track = bars.children[place].children[1];
      if (track.children.length < 3) track.append(make("span", { className: "untold" }), make("span", { className: "told" }));
      track.children[1].style.left = `${100 * untold}%`;
      track.children[2].style.left = `${100 * told}%`;
    });
    all.forEach((probs, n) => (entropies[n].textContent = `${decimals(entropyBits(probs))} bits`));
    words.say(summary(labels, here, kinds[asked], three, scale));
  }

  for (const name of ["moment", "kind", "scale"]) model.on(`change:${name}`, draw);
  draw();
}

export default { render };
