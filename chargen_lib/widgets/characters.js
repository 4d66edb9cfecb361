// Text that a reader types.  It travels as code points: any text can be written that way.

const codesOf = (text) => Array.from(text, (character) => character.codePointAt(0));
const textOf = (codes) => codes.map((code) => String.fromCodePoint(code)).join("");

/** A character as it can be seen; the same as visible() in chargen_lib.text. */
function visible(character) {
  if (character === " ") return "␣";
  if (character === "\n") return "↵";
  if (!/^[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\u{2800}]$/u.test(character)) {
    return /^\p{M}$/u.test(character) ? `\u25cc${character}` : character;
  }
  return `U+${character.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
}
