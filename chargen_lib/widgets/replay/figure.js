// A training moment by moment.  Python has made all the words and places; here the moment is chosen and drawn.

function render({ model, el }) {
  const moments = model.get("moments");
  const picture = model.get("picture");
  const change = changer(model);

  const moment = player(moments.length - 1, (place) => change("step", moments[place].step), 700);
  const logSteps = make("input", { type: "checkbox" });
  logSteps.addEventListener("change", () => change("log_steps", logSteps.checked));

  // The whole curves, faint, and above them the same ones, cut off at the moment.
  const whole = makeCurves("whole", picture.curves), past = makeCurves("past", picture.curves);
  const steps = make("div");
  const now = make("span", { className: "now" });
  const here = make("span", { className: "here" });
  const curves = make("div", { className: "curves", role: "img", "aria-label": picture.alt },
    whole, past, ...picture.ticks.map(([top, words]) => make("span", { className: "tick loss", style: `top:${top}%` }, words)), steps,
    ...picture.levels.flatMap(({ words, kind, top, name_top }) => [
      make("span", { className: kind, style: `top:${top}%` }),
      make("span", { className: "level-name", style: `top:${name_top}%` }, words)]),
    now, here);
  const said = liveText();
  const measures = make("dl");
  const heading = make("p");
  // All the samples lie in one place, so that the figure keeps its height while it plays.
  const samples = moments.map(({ sample }) => make("p", { dir: "auto" }, sample));

  el.append(frame("Training replay",
    moment.element, make("div", { className: "choices control" }, labelled("early steps wider (log scale)", logSteps)),
    legend(picture.curves), curves, said.paragraph, measures, make("div", {}, heading, make("div", { className: "samples" }, ...samples))));

  function draw() {
    const place = moments.findIndex(({ step }) => step === model.get("step"));
    const log = model.get("log_steps");
    const scale = picture.scales[Number(log)];
    const left = scale.moments[place];
    const { place: words, summary, top } = moments[place];

    moment.show(place, words);
    logSteps.checked = log;
    for (const drawing of [whole, past]) {
      for (const curve of drawing.children) curve.setAttribute("points", scale[curve.getAttribute("class")]);
    }
    past.style.clipPath = `inset(-9% ${100 - left}% -9% -9%)`;
    steps.replaceChildren(...scale.ticks.map(([at, number]) => make("span", { className: "tick step", style: `left:${at}%` }, number)));
    now.style.left = `${left}%`;
    here.style.left = `${left}%`;
    here.style.top = `${top}%`;
    said.say(summary);
    measures.replaceChildren(...moments[place].measures.map(([name, nats, bits]) =>
      measure(make("dd", {}, nats, make("small", {}, bits)), name)));
    heading.textContent = moments[place].heading;
    samples.forEach((sample, other) => sample.classList.toggle("other", other !== place));
  }

  for (const name of ["step", "log_steps"]) model.on(`change:${name}`, draw);
  draw();
}

function makeCurves(name, kinds) {
  return makeSvg("svg", { viewBox: "0 0 100 100", preserveAspectRatio: "none", class: name },
    ...kinds.map((kind) => makeSvg("polyline", { class: kind })));
}

/** What the lines are. */
function legend(kinds) {
  const key = (kind) => make("span", { className: "curve-key" },
    makeSvg("svg", { viewBox: "0 0 30 10", "aria-hidden": "true" }, makeSvg("polyline", { class: kind, points: "2,5 28,5" })), ` ${kind} `);
  return make("p", { className: "legend" }, "loss (nats per character) against steps: ", ...kinds.map(key));
}

export default { render };
