// An assessment that several people fill in: what one saves changes what is asked and what is missing, so the page is
// fetched anew at once, and the bar with it. Everything else is the autosave's and the refresh's own.
const fresh = (id) => document.getElementById(id)?.dispatchEvent(new CustomEvent("polku:refresh", { bubbles: true }));

document.addEventListener("polku:saved", () => fresh("sheet"));
document.addEventListener("polku:beside", () => fresh("sheet"));
document.addEventListener("polku:new", (event) => {
  if (event.target.id === "sheet") fresh("bar");
});

// Enter in a field of one line saves it; the page stays.
document.addEventListener("submit", (event) => {
  if (!event.target.matches("form.answer")) return;
  event.preventDefault();
  event.target.dispatchEvent(new FocusEvent("focusout", { bubbles: true }));
}, true);

// On a narrow screen the list of parts is folded until somebody wants it.
const fold = document.querySelector(".parts-fold");
if (fold && window.matchMedia("(max-width: 63.99rem)").matches) fold.open = false;
