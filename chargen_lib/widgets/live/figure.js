// A model writes, and the reader looks on.

const PER_SECOND = 30; // characters: a quick reader can follow
const SLICE = 10; // milliseconds: what is worked at a time before the page may do something else
const HIGHEST_SEED = 2 ** 31 - 1;

/** Who writes, and how: the same as summary() in figure.py. */
function summary({ name, labels }, promptIds, length, settings, seed) {
  const prompt = promptIds.map((id) => labels[id]).join("");
  return (
    `Written by ${inSentence(name)}, one character at a time: ${length} characters${prompt ? ` after ${inSentence(prompt)}` : ""}, ` +
    `each drawn at ${stepsInWords(settings)}, with seed ${seed}.`
  );
}

function render({ model, el }) {
  const entry = model.get("entry"), length = model.get("length"), promptIds = model.get("prompt");
  const settings = { ...model.get("settings"), temperature: fromJson(model.get("settings").temperature) };
  const program = newProgram(entry.program);
  const asText = (id) => (entry.codes[id] === 10 || entry.codes[id] === 32 ? String.fromCodePoint(entry.codes[id]) : entry.labels[id]);
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches; // then the text stands there whole

  const written = document.createTextNode("");
  const prompt = make("span", { className: "prompt" }, promptIds.map(asText).join(""));
  const pen = make("span", { className: "pen", "aria-hidden": "true" });
  const box = make("div", { className: "live", tabIndex: 0, role: "group", "aria-label": "text" }, prompt, written, pen);
  const pause = make("button", { type: "button", hidden: calm }, "Pause");
  const another = make("button", { type: "button" }, "Another text");
  const words = liveText();
  el.append(frame("Live text", box, make("div", { className: "choices control" }, pause, another), words.paragraph));

  let writer; // of this text
  let shown; // how many of its characters are to be seen
  let running; // the animation frame that is asked for
  let last, owed; // when that was, and how many characters are due since, with the part of one

  const stop = () => {
    cancelAnimationFrame(running);
    running = undefined;
    pause.textContent = "Go on";
    pause.setAttribute("aria-disabled", shown === length); // not `disabled`: that drops the keyboard's focus
    pen.hidden = true;
  };
  const show = (number) => {
    const isAtEnd = box.scrollTop + box.clientHeight >= box.scrollHeight - 4; // who scrolled up to read is left alone
    written.appendData(Array.from({ length: number - shown }, (_, place) => asText(writer.at(shown + place).id)).join(""));
    shown = number;
    if (isAtEnd) box.scrollTop = box.scrollHeight;
  };
  const go = (now) => {
    if (!el.isConnected) return stop();
    owed += (PER_SECOND * Math.min(now - last, 250)) / 1000; // a page that slept need not catch up
    last = now;
    const due = calm ? length : Math.min(length, shown + Math.floor(owed));
    owed %= 1;
    writer.ready(due - 1, performance.now() + SLICE);
    const known = Math.min(due, writer.known());
    if (known > shown && (!calm || known === length)) show(known);
    if (shown === length) return stop();
    running = requestAnimationFrame(go);
  };
  const start = () => {
    [last, owed] = [performance.now(), 0];
    pause.textContent = "Pause";
    pause.setAttribute("aria-disabled", false);
    pen.hidden = false;
    running = requestAnimationFrame(go);
  };
  const begin = () => {
    cancelAnimationFrame(running);
    writer = newWriter(program, entry.labels.length, promptIds.length ? promptIds : entry.start, settings, model.get("seed"));
    [written.data, shown] = ["", 0];
    words.say(summary(entry, promptIds, length, settings, model.get("seed")));
    start();
  };

  pause.addEventListener("click", () => {
    if (running !== undefined) stop();
    else if (shown < length) start();
  });
  another.addEventListener("click", () => changer(model)("seed", model.get("seed") === HIGHEST_SEED ? 0 : model.get("seed") + 1));
  model.on("change:seed", begin);
  begin();
}

export default { render };
