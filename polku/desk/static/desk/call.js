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
