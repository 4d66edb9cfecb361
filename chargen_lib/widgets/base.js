// What every figure may use.  Python puts this file in front of the figure's own, so that a module needs no imports.

/** JSON has no infinity: it travels as the word "Infinity" or "-Infinity", which Number() and Python's float() both read. */
const toJson = (number) => (Number.isFinite(number) ? number : String(number));
const fromJson = (value) => Number(value);

/** A new element.  Properties are set in their order; children are elements or strings, and a string is always plain text. */
function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === "role" || name.startsWith("aria-") || name.startsWith("data-")) element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children);
  return element;
}

/** The frame of a figure.  What has the focus in it keeps JupyterLab's shortcuts out: an arrow key moves the slider, an x cuts no cell. */
function frame(name, ...children) {
  const element = make("div", { className: "chargen-figure", role: "group", "aria-label": name }, ...children);
  element.addEventListener("focusin", (event) => event.target.setAttribute("data-lm-suppress-shortcuts", "true"));
  return element;
}

/** A control and the words that name it; a click on the words reaches the control. */
function labelled(words, control) {
  return make("label", {}, make("span", {}, words), control);
}

/** A paragraph that is read aloud once the figure has been still for a moment, and not at every step of a slider. */
function liveText() {
  const paragraph = make("p", { className: "summary", "aria-live": "polite" });
  let waiting;
  const say = (text) => {
    clearTimeout(waiting);
    if (paragraph.textContent === "") paragraph.textContent = text;
    else waiting = setTimeout(() => (paragraph.textContent = text), 300);
  };
  return { paragraph, say };
}
