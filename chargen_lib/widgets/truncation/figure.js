// What top-k, top-p and min-p cut off a distribution, before or after the temperature, and what is drawn from then.

/** Whether the temperature comes before the filters or after them. */
function orderControl(change) {
  const name = `order-${Math.random()}`; // the two belong together, and not to another figure's two
  const radios = [true, false].map((first) => make("input", { type: "radio", name, value: String(first) }));
  for (const radio of radios) radio.addEventListener("change", () => change("temperature_first", radio.value === "true"));
  const element = make("div", { className: "choices", role: "radiogroup", "aria-label": "the temperature comes" },
    make("span", {}, "the temperature comes"),
    make("label", {}, radios[0], "before truncation"), make("label", {}, radios[1], "after it"));
  const show = (first) => {
    radios[0].checked = first;
    radios[1].checked = !first;
  };
  return { element, show };
}

const SETTINGS = ["temperature", "top_k", "top_p", "min_p", "temperature_first"];

function render({ model, el }) {
  const labels = model.get("labels");
  const rows = readRows(model);
  const change = changer(model);

  // The controls.
  const slider = temperatureSlider((temperature) => change("temperature", toJson(temperature)));
  const menu = rowMenu(rows, (row) => change("row", row));
  const order = orderControl(change);
  const filters = filterControls(labels.length, change);

  // What they move.
  const bars = cutBars();
  const measures = cutMeasures();
  const words = liveText();

  el.append(frame("Truncation explorer",
    make("div", { className: "choices control" }, menu.element), slider.element,
    make("div", { className: "control" }, order.element), filters.element,
    ...bars.elements, measures.element, words.paragraph));

  function draw() {
    const settings = Object.fromEntries(SETTINGS.map((name) => [name, model.get(name)]));
    settings.temperature = fromJson(settings.temperature);
    const { name, logits } = rows[model.get("row")];
    const result = cut(logits, settings);

    slider.show(settings.temperature);
    menu.show(model.get("row"));
    order.show(settings.temperature_first);
    filters.show(settings);
    bars.show(labels, result, settings);
    measures.show(result);
    words.say(`${name === "" ? "" : `After ${inSentence(name)}, `}${cutInWords(labels, result, settings)}`);
  }

  for (const name of [...SETTINGS, "row"]) model.on(`change:${name}`, draw);
  draw();
}

export default { render };
