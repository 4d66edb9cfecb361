// The playground: a trained model writes in the browser, one character at a time.

const MOST_CHARS = 2000; // as in figure.py
const MOST_PROMPT = 1000; // what can be typed or come with a link
const HIGHEST_SEED = 2 ** 31 - 1;
const SPEEDS = [2, 10, 50, Infinity]; // characters a second
const SLICE = 10; // milliseconds: what is worked at a time before the page may do something else
const LONGEST_SLICE = 100;

// The page's address.

const whole = (least, most) => (text) => (/^\d{1,10}$/.test(text) && text >= least && text <= most ? Number(text) : undefined);
const decimal = (allowed) => (text) =>
  /^(\d+(\.\d+)?(e[+-]?\d+)?|Infinity)$/.test(text) && allowed(Number(text)) ? toJson(Number(text)) : undefined;
const orOff = (read) => (text) => (text === "off" ? null : read(text));
const share = decimal((p) => p > 0 && p <= 1);

/** How each setting is read; undefined: it is not one. */
const READERS = {
  prompt: (text) => codesOf(text).slice(0, MOST_PROMPT),
  temperature: decimal((t) => t >= 0),
  top_k: orOff(whole(1, HIGHEST_SEED)),
  top_p: orOff(share),
  min_p: orOff(share),
  seed: whole(0, HIGHEST_SEED),
  num_chars: whole(0, MOST_CHARS),
  place: orOff(whole(0, MOST_CHARS)),
};

/** The settings that an address's part after # holds for the playground of this number, [[name, value]]; nonsense is left out. */
export function settingsIn(hash, number, names) {
  const parts = new URLSearchParams(hash.slice(1));
  if (parts.get("playground") !== String(number)) return [];
  const found = Object.entries(READERS).map(([name, read]) => [name, parts.has(name) ? read(parts.get(name)) : undefined]);
  const model = names.indexOf(parts.get("model"));
  return [["model", model === -1 ? undefined : model], ...found].filter(([, value]) => value !== undefined);
}

/** The part after # that settingsIn() reads. */
export function hashOf(state, number, names) {
  const parts = new URLSearchParams({ playground: number, model: names[state.model] });
  for (const name of Object.keys(READERS)) {
    parts.set(name, name === "prompt" ? textOf(state.prompt) : state[name] ?? "off");
  }
  return `#${parts}`;
}

// Text.

/** A character within a text: what is white stays white. */
const inText = (code, label) => (code === 10 || code === 32 ? String.fromCodePoint(code) : label);

/** Why a prompt cannot be read, the same words as in figure.py. */
function refusal(unknown, vocabSize) {
  const named = unknown.slice(0, 5).map((code) => inSentence(visible(String.fromCodePoint(code)))).join(", ");
  const more = unknown.length > 5 ? ` and ${unknown.length - 5} more` : "";
  return (
    `Nothing is written: the prompt holds ${named}${more}, not among the ${vocabSize} characters that this model knows. ` +
    "Take that out, or replace it."
  );
}

/** The figure in words. */
function summary({ name, labels, start }, { promptIds, numChars, place, seen, result }) {
  const by = name === "" ? "" : ` by ${inSentence(name)}`;
  const { id, logits, settings } = seen;
  const isFree = promptIds.length + start.length === 0 && place === 0;
  let told = `The next character${by} is not drawn yet.`;
  if (place < numChars) {
    const which = `Character ${place + 1} of ${numChars}${isFree ? "" : by} is ${inSentence(labels[id])}`;
    told = `${which}, drawn with ${percent(result.after[id])}.`;
  }
  if (isFree) return `${told} After an empty prompt the first one is drawn from all ${logits.length}, each equally likely.`;
  return `${told} ${cutInWords(labels, result, settings)}`;
}

// Its controls.

/** A text area for the prompt. */
function promptField(change) {
  const area = make("textarea", { rows: 2, maxLength: MOST_PROMPT, spellcheck: false, autocapitalize: "off", autocomplete: "off" });
  area.addEventListener("beforeinput", (event) => event.stopImmediatePropagation()); // JupyterLab would forbid a new line
  area.addEventListener("input", () => change("prompt", codesOf(area.value)));
  const show = (codes) => {
    const text = textOf(codes);
    if (area.value !== text) area.value = text; // a caret that is moved is lost
  };
  return { element: labelled("prompt", area), area, show };
}

/** The seed as a number, and a button for another one. */
function seedField(change) {
  const input = make("input", { type: "number", min: 0, max: HIGHEST_SEED, step: 1, inputMode: "numeric" });
  const next = make("button", { type: "button" }, "Next seed");
  let seed;
  const show = (value) => {
    seed = value;
    if (document.activeElement !== input || input.valueAsNumber !== value) input.value = value;
  };
  input.addEventListener("input", () => {
    const value = READERS.seed(input.value);
    if (value !== undefined) change("seed", value);
  });
  input.addEventListener("blur", () => (input.value = seed)); // what is no seed was not taken
  next.addEventListener("click", () => change("seed", seed === HIGHEST_SEED ? 0 : seed + 1));
  return { elements: [labelled("seed", input), next], show };
}

/** The filters, folded away; what they are set to is said outside. */
function filterFold(vocabSize, change) {
  const filters = filterControls(vocabSize, change);
  const words = make("summary");
  const element = make("details", { className: "control" }, words, filters.element);
  const show = (settings) => {
    const set = Object.entries({ "top-k": settings.top_k, "top-p": settings.top_p, "min-p": settings.min_p })
      .filter(([, value]) => value !== null).map(([name, value]) => `${name} ${short(value)}`);
    words.textContent = `truncation: ${set.length === 0 ? "off" : set.join(", ")}`;
    filters.show(settings);
  };
  return { element, show };
}

/** The text: the prompt, what was written, and the place of what comes next; choose(place) is called when a character is pressed. */
function continuation(choose) {
  const prompt = make("span", { className: "prompt" });
  const written = make("span", { className: "written" });
  const next = make("span", { className: "next", "aria-hidden": "true" });
  const box = make("div", { className: "continuation", tabIndex: 0, role: "group", "aria-label": "text" }, prompt, written, next);
  const shown = []; // what each place shows, so that nothing is drawn again that did not change
  box.addEventListener("click", ({ target }) => {
    if (target === next) choose(shown.length);
    else if (target.parentNode === written) choose([...written.children].indexOf(target));
  });

  let chosen;
  const show = (promptText, texts, place) => {
    if (prompt.textContent !== promptText) prompt.textContent = promptText;
    texts.forEach((text, at) => {
      if (shown[at] === text) return;
      if (at === shown.length) written.append(make("span"));
      const span = written.children[at];
      span.textContent = text;
      span.classList.toggle("newline", text === "\n");
      shown[at] = text;
    });
    while (shown.length > texts.length) {
      shown.pop();
      written.lastChild.remove();
    }
    chosen?.classList.remove("chosen");
    chosen = written.children[place] ?? next;
    chosen.classList.add("chosen");
    // Only the box is moved, never the page.
    const bottom = chosen.offsetTop + chosen.offsetHeight;
    if (chosen.offsetTop < box.scrollTop) box.scrollTop = chosen.offsetTop;
    if (bottom > box.scrollTop + box.clientHeight) box.scrollTop = bottom - box.clientHeight;
  };
  return { box, show };
}

const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

const TRAITS = ["model", "prompt", "num_chars", "place", "temperature", "top_k", "top_p", "min_p", "seed"];

// inPage: whether this is a page without a kernel, whose address may carry the settings.
function render({ model, el, inPage = false }) {
  const entries = model.get("models").map((entry) => ({
    ...entry,
    idOf: new Map(entry.codes.map((code, id) => [code, id])),
  }));
  const names = entries.map(({ name }) => name);
  const number = 1 + [...document.querySelectorAll(".continuation")].findIndex((box) => el.contains(box));
  const put = (settings) => {
    for (const [name, value] of settings) model.set(name, value);
    model.save_changes();
  };
  const change = (name, value) => put([[name, value]]);

  // The controls.
  const menu = make("select", {}, ...names.map((name, place) => make("option", { value: place }, name)));
  menu.addEventListener("change", () => change("model", Number(menu.value)));
  const prompt = promptField(change);
  const problem = make("p", { className: "problem", id: `problem-${Math.random()}`, role: "status" });
  prompt.area.setAttribute("aria-describedby", problem.id);
  const slider = temperatureSlider((temperature) => change("temperature", toJson(temperature)));
  const fold = filterFold(Math.max(...entries.map(({ labels }) => labels.length)), change);
  fold.element.open = ["top_k", "top_p", "min_p"].some((name) => model.get(name) !== null);
  const seed = seedField(change);
  const [step, run, undo, again] = ["Step", "Run", "Undo", "Start again"].map((words) => make("button", { type: "button" }, words));
  const speed = make("select", {}, ...SPEEDS.map((value) =>
    make("option", { value, selected: value === 10 }, value === Infinity ? "full speed" : `${value} characters/s`)));
  const link = make("button", { type: "button" }, "Copy link");
  const linkWords = make("span", { role: "status" });
  const look = make("input", { type: "range", min: 0, step: 1 });
  const lookWords = make("span", {}, "looking at"); // and at what, once so much is written
  look.addEventListener("input", () => change("place", Number(look.value)));

  // What they move.
  const text = continuation((place) => change("place", place));
  const bars = cutBars();
  const measures = cutMeasures();
  const words = liveText();
  const outcome = [make("div", { className: "control look" }, make("label", {}, lookWords, look)), ...bars.elements, measures.element];

  el.append(frame("Playground",
    ...(names.length > 1 ? [make("div", { className: "choices control" }, labelled("model", menu))] : []),
    make("div", { className: "control field" }, prompt.element), problem,
    slider.element, fold.element,
    make("div", { className: "choices control seed" }, ...seed.elements),
    make("div", { className: "choices control writing" }, step, run, undo, again, labelled("speed", speed)),
    text.box, ...outcome, words.paragraph,
    ...(inPage ? [make("div", { className: "choices control" }, link, linkWords)] : [])));

  // Writing more, and less.
  let running; // the animation frame that is asked for
  const write = (numChars) => put([["num_chars", Math.min(MOST_CHARS, Math.max(0, numChars))], ["place", null]]);
  const press = (button, action) => button.addEventListener("click", () => {
    if (button.getAttribute("aria-disabled") !== "true") action();
  });
  const stop = () => {
    if (running === undefined) return;
    cancelAnimationFrame(running);
    running = undefined;
    run.textContent = "Run";
    model.save_changes(); // a kernel is told when a run is over, not at every character
    redraw();
  };
  const start = () => {
    let last = performance.now();
    let owed = 0; // characters, and the part of one
    let worked = last; // when writing at full speed ended last
    const go = (now) => {
      if (!el.isConnected) return stop();
      running = requestAnimationFrame(go);
      const perSecond = Number(speed.value);
      let numChars = model.get("num_chars");
      if (perSecond === Infinity) {
        // On a slow computer drawing takes long: then as long is written, or the writing would wait for the drawing most of the time.
        const drawing = Math.min(performance.now() - worked, LONGEST_SLICE);
        const isDone = current.writer.ready(MOST_CHARS, performance.now() + Math.max(drawing, SLICE));
        worked = performance.now();
        if (!isDone && calm()) return;
        numChars = Math.max(numChars, current.writer.known() - 1);
      } else {
        const waited = now - last;
        if (calm() && waited < 1000) return; // no letter by letter: a piece each second
        last = now;
        owed += (perSecond * Math.max(0, Math.min(waited, calm() ? 2000 : 250))) / 1000; // a page that slept need not catch up
        numChars += Math.floor(owed);
        owed %= 1;
      }
      if (numChars === model.get("num_chars")) return;
      model.set("num_chars", Math.min(MOST_CHARS, numChars));
      model.set("place", null);
      if (numChars >= MOST_CHARS) stop();
    };
    run.textContent = "Pause";
    words.say("Writing …");
    running = requestAnimationFrame(go);
  };
  press(step, () => write(model.get("num_chars") + 1));
  press(run, () => (running === undefined ? start() : stop()));
  press(undo, () => write(model.get("num_chars") - 1));
  press(again, () => write(0));

  // What is to be seen.
  let current = {};
  let rest; // the animation frame in which the text is written on

  /** The model, the prompt as it can read it, and the writer; a new one only when something of it has changed. */
  function read(state) {
    const made = JSON.stringify([state.model, state.prompt, state.temperature, state.top_k, state.top_p, state.min_p, state.seed]);
    if (made === current.made) return;
    const entry = entries[state.model];
    const unknown = [...new Set(state.prompt.filter((code) => !entry.idOf.has(code)))];
    const promptIds = state.prompt.map((code) => entry.idOf.get(code));
    const settings = {
      temperature: fromJson(state.temperature), top_k: state.top_k, top_p: state.top_p, min_p: state.min_p,
      temperature_first: true,
    };
    entry.runs ??= newProgram(entry.program); // when it is first asked for
    const beginning = promptIds.length ? promptIds : entry.start;
    const writer = unknown.length > 0 ? null : newWriter(entry.runs, entry.labels.length, beginning, settings, state.seed);
    current = { made, entry, unknown, promptIds, settings, writer };
  }

  function drawNow() {
    const state = Object.fromEntries(TRAITS.map((name) => [name, model.get(name)]));
    read(state);
    const { entry, unknown, promptIds, settings, writer } = current;
    const isRefused = writer === null;

    menu.value = state.model;
    prompt.show(state.prompt);
    slider.show(settings.temperature);
    fold.show(settings);
    seed.show(state.seed);
    const refused = isRefused ? refusal(unknown, entry.labels.length) : "";
    if (problem.textContent !== refused) problem.textContent = refused; // once, or it is read aloud at every key
    prompt.area.setAttribute("aria-invalid", isRefused);
    const isFull = state.num_chars === MOST_CHARS;
    // Not `disabled`: a button that disables itself drops the keyboard's focus.
    for (const button of [step, run]) button.setAttribute("aria-disabled", isRefused || isFull);
    for (const button of [undo, again]) button.setAttribute("aria-disabled", isRefused || state.num_chars === 0);
    for (const element of [text.box, ...outcome, words.paragraph]) element.hidden = isRefused;
    if (isRefused) return stop();

    const numChars = state.num_chars;
    const place = Math.min(state.place ?? Math.max(0, numChars - 1), numChars);
    const asText = (id) => inText(entry.codes[id], entry.labels[id]);
    const showText = (n, chosen) =>
      text.show(promptIds.map(asText).join(""), Array.from({ length: n }, (_, at) => asText(writer.at(at).id)), chosen);
    if (!writer.ready(numChars, performance.now() + SLICE)) { // a long text of a large model: the rest in the next frame
      if (!calm()) showText(Math.min(numChars, writer.known()), numChars);
      cancelAnimationFrame(rest);
      rest = requestAnimationFrame(redraw);
      return;
    }
    const seen = writer.at(place);
    const result = cut(seen.logits, seen.settings);
    const isDrawn = place < numChars;
    showText(numChars, place);
    look.max = numChars;
    look.value = place;
    const told = isDrawn ? `character ${place + 1} of ${numChars}, ${inSentence(entry.labels[seen.id])}` : "the next character";
    lookWords.textContent = `looking at ${told}`;
    look.setAttribute("aria-valuetext", told);
    bars.show(entry.labels, result, seen.settings, isDrawn ? seen.id : undefined);
    measures.show(result);
    if (running === undefined) words.say(summary(entry, { promptIds, numChars, place, seen, result }));
  }

  let isDue = false;
  function redraw() {
    if (isDue) return; // several traits change at once, and one picture shows them all
    isDue = true;
    queueMicrotask(() => {
      isDue = false;
      drawNow();
    });
  }

  // The address.
  const takeAddress = () => put(settingsIn(location.hash, number, names));
  link.addEventListener("click", async () => {
    const state = Object.fromEntries(TRAITS.map((name) => [name, model.get(name)]));
    const address = location.href.split("#")[0] + hashOf(state, number, names);
    history.replaceState(history.state, "", address);
    try {
      await navigator.clipboard.writeText(address);
      linkWords.textContent = "Copied: the link has all settings and leads to this text.";
    } catch {
      linkWords.textContent = "The link is in the address bar: copy it there.";
    }
  });
  if (inPage) {
    takeAddress();
    addEventListener("hashchange", takeAddress);
  }

  for (const name of TRAITS) {
    model.on(`change:${name}`, () => {
      if (name !== "place") linkWords.textContent = "";
      redraw();
    });
  }
  drawNow();
}

export default { render };
