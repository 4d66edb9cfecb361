// What dividing by a temperature does to a distribution: bars of softmax(logits / T) under a slider.

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
  return (
    `${rowName === "" ? "" : `After ${inSentence(rowName)}, `}T = ${short(temperature)}: ${told}. ` +
    entropyInWords(entropyBits(probs))
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
  const rows = readRows(model);
  const change = changer(model);

  // The controls.
  const slider = temperatureSlider((temperature) => change("temperature", toJson(temperature)));
  const menu = rowMenu(rows, (row) => change("row", row));
  const sorted = make("input", { type: "checkbox" });
  const choices = make("div", { className: "choices control" }, menu.element, make("label", {}, sorted, "likeliest first"));

  // What they move.
  const bars = make("ul", { className: "bars" });
  const ratioName = make("span"), ratio = make("dd");
  const entropy = entropyMeasures();
  const measures = make("dl", {}, measure(ratio, ratioName), ...entropy.elements);
  const words = liveText();

  el.append(frame("Temperature explorer", choices, slider.element, bars, measures, words.paragraph));

  function draw() {
    const temperature = fromJson(model.get("temperature"));
    const { name, logits } = rows[model.get("row")];
    const probs = probabilities(logits, temperature);
    const order = byLikelihood(logits);

    slider.show(temperature);
    menu.show(model.get("row"));
    sorted.checked = model.get("likeliest_first");

    const shown = order.slice(0, barsOf(labels.length));
    if (!sorted.checked) shown.sort((a, b) => a - b);
    const wanted = shown.map((id) => ({ label: labels[id], share: probs[id], kind: "" }));
    const others = order.slice(shown.length);
    if (others.length > 0) {
      const share = others.reduce((sum, id) => sum + probs[id], 0);
      wanted.push({ label: `${others.length} others`, share, kind: "together" });
    }
    showBars(bars, wanted);

    const [first, second] = order;
    ratioName.textContent = second === undefined ? "ratio" : `ratio ${inSentence(labels[first])} to ${inSentence(labels[second])}`;
    ratio.textContent = ratioInWords(probs[first], probs[second]);
    entropy.show(probs, labels.length);
    words.say(summary(labels, name, logits, temperature));
  }

  sorted.addEventListener("change", () => change("likeliest_first", sorted.checked));
  for (const name of ["temperature", "row", "likeliest_first"]) model.on(`change:${name}`, draw);
  draw();
}

export default { render };
