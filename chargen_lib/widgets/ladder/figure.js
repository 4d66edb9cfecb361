// Every model and floor on one axis of bits per character, and what each one writes.

/** Three decimals, rounded as _thousandths() in figure.py does it. */
function thousandths(number) {
  return (Math.floor(number * 1000 + 0.5) / 1000).toFixed(3);
}

/** Among how many characters, all alike, so many bits choose; the same words as _choices() in figure.py. */
function choices(bits) {
  const number = 2 ** bits;
  return number < 1e6 ? number.toFixed(1) : "more than a million";
}

const nats = (bits) => bits * Math.LN2;

/** The rungs that are shown, the one of them that is read, and its neighbours, where there are any. */
export function reading({ rungs, chosen, kinds }) {
  const shown = rungs.filter((rung) => kinds.includes(rung.kind));
  const distance = (rung) => Math.abs(rungs.indexOf(rung) - chosen);
  const read = shown.toSorted((a, b) => distance(a) - distance(b))[0]; // of two as near, the upper one
  const at = shown.indexOf(read);
  return { shown, read, at, above: shown[at - 1], below: shown[at + 1] };
}

/** The figure in words. */
export function summary(state) {
  const { shown, read, at, above, below } = reading(state);
  if (read === undefined) return "No rung is shown: choose a kind.";
  const beside = [];
  if (above) beside.push(`${thousandths(above.bits - read.bits)} bits below ${inSentence(above.name)}`);
  if (below) beside.push(`${thousandths(read.bits - below.bits)} above ${inSentence(below.name)}`);
  const kind = [read.kind, inSentence(read.mark)].filter((words) => words !== "").join(", ");
  return (
    `${inSentence(read.name)} (${kind}): ${thousandths(read.bits)} bits per character, or ${thousandths(nats(read.bits))} nats, like ` +
    `choosing among ${choices(read.bits)} characters. Rung ${at + 1} of ${shown.length}` +
    `${beside.length > 0 ? ": " : ""}${beside.join(", ")}.`
  );
}

/** What shows a kind without a word: its line and its marker. */
function line(width) {
  return make("span", { className: "line", style: `width:${width}` }, make("span", { className: "marker" }));
}

/** A rung with its control: its name and kind, its line on the axis, its bits. */
function newRow({ name, kind, mark, bits }, radio, full) {
  const words = make("span", { className: "name" }, make("bdi", {}, name), " ", make("span", { className: "kind" }, kind));
  if (mark !== "") words.append(" ", make("span", { className: "here" }, make("bdi", {}, mark)));
  return make("div", { className: "place" },
    make("label", { className: `rung ${kind}` }, radio, words,
      make("span", { className: "track", "aria-hidden": "true" }, line(`${(100 * bits) / full}%`)), " ",
      make("span", { className: "bits" }, thousandths(bits))));
}

/** A checkbox for each kind that there is; nothing to choose where there is one only. */
function kindControl(kinds, change) {
  const boxes = kinds.map((kind) => make("input", { type: "checkbox", value: kind }));
  const chosen = () => boxes.filter((box) => box.checked).map((box) => box.value);
  for (const box of boxes) box.addEventListener("change", () => change(chosen()));
  const names = boxes.map((box) => make("label", { className: `rung ${box.value}` }, box, line("1.6em"), `${box.value}s`));
  const element = make("div", { className: "choices control kinds", role: "group", "aria-label": "kinds that are shown" }, ...names);
  const show = (shown) => boxes.forEach((box) => (box.checked = shown.includes(box.value)));
  return { element: kinds.length > 1 ? element : "", show };
}

function render({ model, el }) {
  const rungs = model.get("rungs");
  const ticks = model.get("ticks");
  const full = ticks.at(-1);
  const change = changer(model);

  // The controls.
  const present = [...new Set(rungs.map((rung) => rung.kind))];
  const kinds = kindControl(present, (shown) => change("kinds", shown));
  const name = `rung-${Math.random()}`; // they belong together, and not to another figure's
  const radios = rungs.map((_, place) => make("input", { type: "radio", name, value: place }));
  for (const radio of radios) radio.addEventListener("change", () => change("chosen", Number(radio.value)));
  const rows = rungs.map((rung, place) => newRow(rung, radios[place], full));
  const marks = ticks.map((tick) => make("span", { style: `left:${(100 * tick) / full}%` }, String(tick)));
  const axis = make("div", { className: "place axis", "aria-hidden": "true" }, make("span", { className: "track" }, ...marks));
  const unit = make("p", { className: "unit" }, "bits per character; less is better");
  const list = make("div", {
    className: present.length > 1 ? "rungs" : "rungs one-kind", role: "radiogroup", "aria-label": "the ladder, bits per character",
  }, ...rows, axis);

  // What they move.
  const title = make("p"), sample = make("p"), note = make("p");
  const written = make("div", { className: "written" }, title, sample, note);
  const aboveName = make("span"), aboveBits = make("dd"), belowName = make("span"), belowBits = make("dd");
  const asChoices = make("dd"), asNats = make("dd");
  const measures = make("dl", {}, measure(asChoices, "like choosing among"), measure(asNats, "in nats"),
    measure(aboveBits, aboveName), measure(belowBits, belowName));
  const words = liveText();

  el.append(frame("Loss ladder", kinds.element, list, unit, written, measures, words.paragraph));

  function draw() {
    const state = { rungs, chosen: model.get("chosen"), kinds: model.get("kinds") };
    const { shown, read, above, below } = reading(state);
    kinds.show(state.kinds);
    rungs.forEach((rung, place) => {
      rows[place].hidden = !shown.includes(rung);
      radios[place].checked = rung === read;
    });
    written.hidden = measures.hidden = read === undefined;
    if (read !== undefined) {
      const silent = read.kind === "compressor" ? "A compressor writes no text: it makes one shorter." : "No text of it is shown here.";
      title.replaceChildren(read.sample === "" ? "" : "Written by ", make("bdi", {}, read.name));
      sample.className = read.sample === "" ? "silent" : "sample";
      sample.replaceChildren(make("bdi", {}, read.sample || silent));
      note.textContent = read.note;
      asChoices.textContent = `${choices(read.bits)} characters`;
      asNats.textContent = thousandths(nats(read.bits));
      aboveName.textContent = above ? `below ${inSentence(above.name)}` : "no rung above";
      aboveBits.textContent = above ? `${thousandths(above.bits - read.bits)} bits` : "–";
      belowName.textContent = below ? `above ${inSentence(below.name)}` : "no rung below";
      belowBits.textContent = below ? `${thousandths(read.bits - below.bits)} bits` : "–";
    }
    words.say(summary(state));
  }

  for (const trait of ["chosen", "kinds"]) model.on(`change:${trait}`, draw);
  draw();
}

export default { render };
