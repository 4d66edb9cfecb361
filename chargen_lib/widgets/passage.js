// A passage that is read character by character, each with a colour of its own.

/** Where the passage goes on in a new line: always after the last of a few line ends, and after a space if need be. */
function breakAfter(label, next) {
  if (label === "↵" && next !== "↵") return "\n";
  return label === "␣" ? make("wbr") : "";
}

/** The passage, from what its characters look like.  choose(place) is called on a click; show(kind) gives each character the class kind(place). */
function passageText(labels, choose) {
  const characters = labels.map((label) => make("span", {}, label));
  const element = make("p", { className: "passage", role: "img", "aria-label": `The passage: ${labels.join("")}` },
    ...characters.flatMap((character, place) => [character, breakAfter(labels[place], labels[place + 1])]));
  element.addEventListener("click", (event) => {
    const place = characters.indexOf(event.target);
    if (place >= 0) choose(place);
  });
  const show = (kind) => characters.forEach((character, place) => {
    const name = kind(place);
    if (character.className !== name) character.className = name;
  });
  return { element, characters, show };
}
