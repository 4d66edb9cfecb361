// The theme names some things otherwise than they are; who listens to a page should hear what others see.
addEventListener("DOMContentLoaded", () => {
  // What is written on a control is its name.
  for (const element of document.querySelectorAll("summary[aria-label], .search-button-field[aria-label]")) {
    if (element.textContent.trim() !== "") element.removeAttribute("aria-label");
  }
  // The three drawings on one button are not three names, and a citation with its way back is no list.
  for (const drawing of document.querySelectorAll(".theme-switch-button [title]")) drawing.removeAttribute("title");
  for (const list of document.querySelectorAll(".citation-list")) list.removeAttribute("role");
});
