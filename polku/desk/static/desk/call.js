// The call desk: "none of these" and the criteria exclude each other, the focus goes on to what is told next, and
// Enter in a one-line field of the form does not send it.

document.addEventListener("change", (event) => {
  const box = event.target.closest?.(".desk-criteria input[type=checkbox]");
  if (!box || !box.checked) return;
  const none = "none" in box.dataset;
  for (const other of document.querySelectorAll(".desk-criteria input[type=checkbox]")) {
    if (other !== box && (none || "none" in other.dataset)) other.checked = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.ctrlKey || event.metaKey) return;
  if (event.target.matches?.("#contact input")) event.preventDefault();
});

// After a criterion is ticked one tells why: letters typed on the tick go to the grounds, and command nothing.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || !/^\p{L}$/u.test(event.key)) return;
  if (!event.target.matches?.(".desk-criteria input[type=checkbox]")) return;
  event.stopPropagation();
  const grounds = document.getElementById("id_grounds");
  grounds.focus();
  grounds.setSelectionRange(grounds.value.length, grounds.value.length);
}, true);

// Somebody who has been typed in but not saved would be lost with the page: that is said first.
document.addEventListener("click", (event) => {
  if (!event.target.closest?.("button[form=contact]")) return;
  const form = [...document.querySelectorAll("form[data-unsaved]")].find(typed);
  if (!form) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const closed = form.closest("details");
  if (closed) closed.open = true;
  form.querySelector("[data-unsaved-words]").hidden = false;
  form.querySelector("button:not([formaction])").focus();
}, true);

/** Whether a form of a person has something that nobody has sent: a form that came back with words on it, too. */
function typed(form) {
  if (form.querySelector(".has-error")) return true;
  const before = form.dataset.unsaved === "any" ? () => "" : (field) => field.defaultValue;
  return [...form.querySelectorAll("input:not([type=hidden]):not([type=checkbox]), textarea")].some((field) =>
    field.value.trim() !== before(field).trim());
}

// A hold that runs out: the list and the bar say so, and the same number holds the time again.
document.addEventListener("polku:ended", async (event) => {
  if (!event.target.closest?.("#bar")) return;
  const inBar = document.getElementById("bar").contains(document.activeElement);
  const [path, query] = document.getElementById("times").getAttribute("hx-get").split("?");
  await htmx.ajax("GET", `${path}?${query ? `${query}&` : ""}ended=1`, { target: "#times", swap: "outerHTML" });
  if (inBar) document.querySelector("#times [data-row]")?.focus();
});

// A server that knows what comes next says so: {"polku:focus": {"to": "id_said"}}.
document.addEventListener("polku:focus", (event) => {
  document.getElementById(event.detail?.to || "")?.focus();
});

// Who calls has become known: the strip on top says so at once.
document.addEventListener("polku:named", (event) => {
  const name = document.querySelector(".strip a[aria-current] > span");
  if (name && event.detail?.name) name.textContent = event.detail.name;
});

// A refusal leads to its field, which may stand among the closed details.
const asked = document.getElementById(`id_${location.hash.slice(1)}`);
if (asked) {
  const closed = asked.closest("details");
  if (closed) closed.open = true;
  asked.focus();
}
