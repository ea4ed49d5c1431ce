// Small things: copying, forms that send themselves when a choice changes, characters left, the words of a choice.
import { say } from "./announce.js";

document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-copies]");
  if (!button) return;
  const source = document.getElementById(button.dataset.copies);
  if (!source) return;
  event.preventDefault();
  try {
    await navigator.clipboard.writeText((source.value ?? source.textContent).trim());
    say(gettext("Copied"));
    flash(button, gettext("Copied"));
  } catch {
    // No right to the clipboard: the text is selected, so that Ctrl C takes it.
    const range = document.createRange();
    range.selectNodeContents(source);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
    say(gettext("Selected: copy it with Ctrl C"));
  }
});

function flash(button, text) {
  const before = button.textContent;
  button.textContent = text;
  setTimeout(() => { button.textContent = before; }, 2000);
}

document.addEventListener("change", (event) => {
  const field = event.target.closest?.("[data-submits]");
  if (field) field.form.requestSubmit();
  // The button repeats the choice: "Vaihda aikaan to 26.11. klo 9.00".
  const words = event.target.dataset?.words;
  if (words) {
    document.querySelectorAll("[data-choice-words]").forEach((spot) => { spot.textContent = words; });
  }
});

document.addEventListener("input", (event) => {
  const area = event.target;
  if (!("count" in (area.dataset || {})) || area.maxLength < 0) return;
  let spot = area.nextElementSibling;
  if (!spot?.matches(".left-count")) {
    spot = document.createElement("p");
    spot.className = "left-count";
    area.after(spot);
  }
  const left = area.maxLength - area.value.length;
  spot.textContent = interpolate(ngettext("%s character left", "%s characters left", left), [left]);
});
