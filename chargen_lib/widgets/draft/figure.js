// A text written by a large model with a draft.  Python has recorded it; here it is cut into calls, and one place is looked at.

const PLACES = 96, LONGEST = 8; // as in Python
const MARKS = { kept: "✓", refused: "✗", own: "★" };
const HEADS = ["", "", "p", "q", "left over"];
const COUNTED = ["calls", "characters", "kept, of the judged", "characters per call", "by the formula"];
const TEXT_KEYS = [["kept", "drafted and kept"], ["own", "by the large model itself"], ["now", "this call"]];
const BAR_KEYS = [["both", "both: kept"], ["p-alone", "p alone: left over"], ["q-alone", "q alone: refused"]];
const SETTINGS = ["text", "draft", "length", "call", "place"];

/** The bytes behind base64. */
const bytes = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));

/** Everything that the figure needs to know of its state: what does not change. */
export function recorded(model) {
  const state = Object.fromEntries(["labels", "prompt", "contexts"].map((name) => [name, model.get(name)]));
  const told = model.get("recorded");
  for (const name of ["written", "drafted", "tails", "shown"]) state[name] = bytes(told[name]);
  for (const name of ["uniforms", "p", "q", "both"]) state[name] = new Float32Array(bytes(told[name]).buffer);
  const all = state.written.length;
  /** A run's part of a field, and one place's part of that. */
  const at = (name, run, place) => {
    const each = state[name].length / all, first = (run * (PLACES + LONGEST) + place) * each;
    return Array.from(state[name].subarray(first, first + each));
  };
  return { ...state, at };
}

/** The calls that write the chosen text with the chosen draft: where each begins, and how many it kept. */
export function callsOf({ contexts, at }, { text, draft, length }) {
  const run = (text - 1) * contexts.length + contexts.indexOf(draft);
  const calls = [];
  for (let start = 0; start < PLACES; start += calls.at(-1).kept + 1) {
    let kept = 0;
    while (kept < length && at("written", run, start + kept)[0] === at("drafted", run, start + kept)[0]) kept += 1;
    calls.push({ start, kept });
  }
  return { run, calls };
}

/** The chosen call, the ids that were drafted, and the chosen place in numbers, as judged() in Python. */
export function look(state, settings) {
  const { labels, at } = state, { length } = settings;
  const { run, calls } = callsOf(state, settings);
  const number = Math.min(settings.call, calls.length);
  const { start, kept } = calls[number - 1];
  const place = Math.min(settings.place, kept);

  const drafted = Array.from({ length: Math.min(kept + 1, length) }, (_, n) => at("drafted", run, start + n)[0]);
  drafted.push(...at("tails", run, start + kept).slice(0, length - drafted.length));
  const last = calls.at(-1);
  const written = Array.from({ length: last.start + last.kept + 1 }, (_, n) => at("written", run, n)[0]);

  const isDrafted = place < length;
  const [ids, p] = ["shown", "p"].map((name) => at(name, run, start + place));
  const q = isDrafted ? at("q", run, start + place) : p.map(() => 0);
  const least = p.map((one, n) => Math.min(one, q[n]));
  least[least.length - 1] = isDrafted ? at("both", run, start + place)[0] : 0; // of many together it is less
  const above = p.map((one, n) => Math.max(one - least[n], 0));
  const mass = above.reduce((sum, one) => sum + one, 0);
  const rows = p.map((_, n) => ({ id: ids[n] ?? -1, p: p[n], q: q[n], least: least[n], left: mass > 0 ? above[n] / mass : p[n] }));
  if (labels.length === ids.length) rows.pop();
  const id = at("drafted", run, start + place)[0];
  const judged = rows.find((row) => row.id === id);
  const here = {
    rows, drafted: isDrafted ? id : null, written: written[start + place], overlap: least.reduce((sum, one) => sum + one, 0),
    p: judged.p, q: judged.q, keeps: Math.min(1, judged.p / judged.q), uniform: at("uniforms", run, start + place)[0], kept: place < kept,
  };
  return { run, calls, number, start, kept, place, drafted, written, here };
}

/** Characters per call if each drafted one is kept with the same probability, whatever came of the others. */
export function expectedLength(acceptance, length) {
  return acceptance === 1 ? length + 1 : (1 - acceptance ** (length + 1)) / (1 - acceptance);
}

/** Calls, characters, the share kept of those judged, characters per call, and the formula's, each until now and in the whole text. */
export function counts(calls, number, length) {
  const columns = [calls.slice(0, number), calls].map((part) => {
    const kept = part.reduce((sum, call) => sum + call.kept, 0);
    const share = kept / (kept + part.filter((call) => call.kept < length).length);
    const written = kept + part.length;
    return [`${part.length}`, `${written}`, percent(share), decimals(written / part.length), decimals(expectedLength(share, length))];
  });
  return columns[0].map((cell, row) => [cell, columns[1][row]]);
}

/** The figure in words. */
export function summary({ labels }, settings, { calls, number, start, kept, place, drafted, written, here }) {
  const { length } = settings;
  const named = (id) => inSentence(labels[id]);
  const told = counts(calls, number, length);
  const own = named(written[start + kept]);
  let became;
  if (kept === length) {
    const [began, after] = kept > 1 ? ["all were", "after them"] : ["it was", "after it"];
    became = `${began} kept, and the large model wrote ${own} ${after}`;
  } else {
    const began = kept === 0 ? "none was" : kept === 1 ? "1 was" : `${kept} were`;
    became = `${began} kept, ${named(drafted[kept])} was refused, and the large model wrote ${own} in its place`;
  }
  let why = "What stands after a whole draft is drawn from p.";
  if (here.drafted !== null) {
    why = `Place ${place + 1}, ${named(here.drafted)}: the large model gives it ${percent(here.p)}, the draft ${percent(here.q)}, `
      + `so it is kept with probability ${percent(here.keeps)}; the number drawn is ${here.uniform.toFixed(3)}: `
      + `${here.kept ? "kept" : "refused"}. p and q overlap by ${percent(here.overlap)}: so likely is it that a draft is kept here.`;
  }
  return `Call ${number} of ${calls.length}: “${inSentence(drafted.map((id) => labels[id]).join(""))}” was drafted; ${became}. ${why} `
    + `So far ${told[2][0]} of the judged were kept: ${told[3][0]} characters a call; the formula says ${told[4][0]}.`;
}

function render({ model, el }) {
  const state = recorded(model);
  const { labels, prompt, contexts } = state;
  const change = changer(model);
  const settingsNow = () => Object.fromEntries(SETTINGS.map((name) => [name, model.get(name)]));

  const menus = {
    draft: menu("draft: table of context", contexts),
    length: menu("draft length", Array.from({ length: LONGEST }, (_, n) => n + 1)),
    text: menu("text", Array.from({ length: state.written.length / (PLACES + LONGEST) / contexts.length }, (_, n) => n + 1)),
  };
  for (const [name, { control }] of Object.entries(menus)) {
    control.addEventListener("change", () => {
      const settings = { ...settingsNow(), [name]: Number(control.value) };
      const { start } = look(state, settingsNow());
      const { calls } = callsOf(state, settings);
      change(name, settings[name]);
      goTo(calls.findLastIndex((call) => call.start <= start)); // as far in the text as before
    });
  }
  let walk;
  let text;
  const textPlace = make("div", { className: "draft-text" });
  const chips = make("div", { className: "draft-chips", role: "group", "aria-label": "the draft, and what became of it" });
  const said = liveText();
  const place = makeTable(HEADS), counted = makeTable(["", "so far", "whole text"]);
  counted.caption.textContent = "How many characters a call writes";
  const walkPlace = make("div");

  el.append(frame("Draft explorer", make("div", { className: "choices control" }, ...Object.values(menus).map(({ element }) => element)),
    walkPlace, textPlace, legend(TEXT_KEYS), chips, said.paragraph,
    make("div", { className: "draft-tables" }, make("div", { className: "draft-place" }, place.element, legend(BAR_KEYS)), counted.element)));

  /** Choose a call, counted from 0; of its draft the place that decides. */
  function goTo(call, at = LONGEST) {
    model.set("place", at);
    change("call", call + 1);
  }

  function draw() {
    const settings = settingsNow();
    const found = look(state, settings);
    const { calls, number, start, kept, drafted, written, here } = found;
    for (const name of Object.keys(menus)) menus[name].control.value = settings[name];
    if (walk?.calls !== calls.length) {
      walk = { calls: calls.length, ...player(calls.length - 1, (call) => goTo(call), 900) };
      walkPlace.replaceChildren(walk.element);
    }
    walk.show(number - 1, `call ${number} of ${calls.length}`);
    drawText(found);
    drawChips(found);
    drawPlace(found);
    counted.body.replaceChildren(...counts(calls, number, settings.length).map((cells, n) =>
      line("", COUNTED[n], cells.map((cell) => make("td", {}, cell)))));
    said.say(summary(state, settings, found));
  }

  /** The text: what is new in it is made, and each character gets its classes. */
  function drawText({ calls, start, kept, place: chosen, written }) {
    const ids = [...prompt, ...written];
    const key = ids.join();
    if (text?.key !== key) {
      text = { key, ...passageText(ids.map((id) => labels[id]), (at) => choose(at - prompt.length)) };
      textPlace.replaceChildren(text.element);
    }
    const own = new Set(calls.map((call) => call.start + call.kept));
    text.show((at) => {
      const n = at - prompt.length;
      if (n < 0) return "prompt";
      const kind = n > start + kept ? "later" : own.has(n) ? "own" : "kept";
      return `${kind}${start <= n && n <= start + kept ? " now" : ""}${n === start + chosen ? " here" : ""}`;
    });
    const soFar = ids.slice(0, prompt.length + start + kept + 1);
    text.element.setAttribute("aria-label", `The text so far: ${soFar.map((id) => labels[id]).join("")}`);
  }

  /** The place of the text that was clicked, and the call that wrote it. */
  function choose(at) {
    const { calls, number } = look(state, settingsNow());
    const call = calls.findLastIndex(({ start }) => start <= at);
    if (at >= 0 && call < number) goTo(call, at - calls[call].start);
  }

  function drawChips({ start, kept, place: chosen, drafted, written }) {
    const focused = [...chips.children].indexOf(document.activeElement);
    const all = drafted.map((id, n) => chip(id, n < kept ? "kept" : n === kept ? "refused" : "not judged", n, n === chosen));
    chips.replaceChildren(make("span", {}, "drafted"), ...all, make("span", {}, "then"),
      chip(written[start + kept], "own", kept, chosen === kept));
    if (focused >= 0) chips.children[focused]?.focus();
  }

  /** A character of the draft; one that was judged can be chosen. */
  function chip(id, became, at, here) {
    const kind = `cell ${became.replace(" ", "-")}${here ? " here" : ""}`;
    const told = became in MARKS ? `${MARKS[became]} ${became}` : became;
    const parts = [make("bdi", {}, labels[id]), make("small", {}, told)];
    if (!(became in MARKS)) return make("span", { className: kind }, ...parts);
    const name = `${inSentence(labels[id])}, ${became === "own" ? "own, written by the large model" : became}`;
    const button = make("button", { type: "button", className: kind, "aria-label": name, "aria-pressed": `${here}` }, ...parts);
    button.addEventListener("click", () => change("place", at));
    return button;
  }

  function drawPlace({ here, place: chosen, kept }) {
    const isDrafted = here.drafted !== null;
    place.caption.textContent = isDrafted ? `Place ${chosen + 1} of the draft: p and q overlap by ${percent(here.overlap)}`
      : "After the draft: one more is drawn from p";
    const scale = Math.max(1, ...here.rows.map(({ p, q, least }) => Math.max(p, q, p + q - least)));
    const others = labels.length - here.rows.length + 1;
    place.body.replaceChildren(...here.rows.map(({ id, p, q, least, left }) => {
      let mark = "";
      if (id === here.drafted) mark = `${MARKS[here.kept ? "kept" : "refused"]} `;
      else if (chosen === kept && id === here.written) mark = `${MARKS.own} `;
      const name = id < 0 ? (others > 1 ? `${others} others` : "1 other") : labels[id];
      const bar = make("span", { className: "draft-bar", "aria-hidden": "true" });
      for (const [kind, width] of [["both", least], ["p-alone", p - least], ["q-alone", q - least]]) {
        const part = make("span", { className: kind });
        part.style.width = `${100 * Math.max(width, 0) / scale}%`;
        bar.append(part);
      }
      const cells = [percent(p), isDrafted ? percent(q) : "–", percent(left)].map((cell) => make("td", {}, cell));
      return line(mark ? "marked" : "", `${mark}${name}`, [make("td", {}, bar), ...cells]);
    }));
  }

  for (const name of SETTINGS) model.on(`change:${name}`, draw);
  draw();
}

/** A choice among numbers. */
function menu(words, numbers) {
  const control = make("select", {}, ...numbers.map((number) => make("option", { value: number }, `${number}`)));
  return { control, element: labelled(words, control) };
}

/** A table's line, begun by its name. */
function line(className, name, cells) {
  return make("tr", { className }, make("th", { scope: "row" }, make("bdi", {}, name)), ...cells);
}

function makeTable(heads) {
  const caption = make("caption"), body = make("tbody");
  const element = make("table", {}, caption,
    make("thead", {}, make("tr", {}, ...heads.map((head) => (head ? make("th", { scope: "col" }, head) : make("td"))))), body);
  return { element, caption, body };
}

/** What the marks of a picture mean. */
function legend(keys) {
  return make("p", { className: "legend" }, ...keys.flatMap(([kind, words], n) => [n > 0 ? " " : "", make("span", { className: `swatch ${kind}` }, words)]));
}

export default { render };
