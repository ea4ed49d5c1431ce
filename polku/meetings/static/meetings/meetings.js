// A meeting that several people have open: what one of them sends changes the page in place, so that what the others
// (and they themselves) are writing stays. Without this module every form posts and the page comes anew.
const fresh = (id) => document.getElementById(id)?.dispatchEvent(new CustomEvent("polku:refresh", { bubbles: true }));

// What is being written is the writer's own until it is sent: a refresh goes past it.
const own = (element) => element.closest?.("[data-own]");
document.addEventListener("input", (event) => own(event.target)?.setAttribute("data-mine", ""));
document.addEventListener("toggle", (event) => {
  if (event.target.matches?.("details[data-own]")) event.target.toggleAttribute("data-mine", event.target.open);
}, true);
document.querySelectorAll("details[data-own][open]").forEach((one) => one.setAttribute("data-mine", ""));

// --- The button that waits for a choice ---------------------------------------------------------------------------

/** Let the button go when an outcome is chosen, and its reason written where one is needed. */
function waits() {
  const button = document.querySelector("[data-waits-for]");
  if (!button?.form) return;
  const why = document.getElementById("why-not");
  const chosen = button.form.querySelector(`[name="${button.dataset.waitsFor}"]:checked`);
  const reason = button.form.elements.namedItem("reason");
  let because = "";
  if (!chosen) because = why.dataset.first;
  else if (chosen.hasAttribute("data-needs-reason") && !reason.value.trim()) because = why.dataset.because;
  if (because) button.setAttribute("aria-disabled", "true");
  else button.removeAttribute("aria-disabled");
  why.textContent = because;
}
document.addEventListener("input", waits);
document.addEventListener("change", waits);
waits();

document.addEventListener("polku:new", (event) => {
  if (event.target.id === "meeting") fresh("bar");
  if (event.target.id === "bar") waits();
});
// Time is up: the band turns at once.
document.addEventListener("polku:ended", () => fresh("meeting"));

// --- Following is working ----------------------------------------------------------------------------------------

// A session that nobody uses ends; whoever follows a meeting that goes on uses it, also without touching anything.
const ALIVE = 4 * 60 * 1000;
setInterval(() => {
  const url = document.getElementById("meeting")?.dataset.alive;
  const token = document.querySelector("meta[name=csrf-token]")?.content || "";
  if (!url || document.hidden) return;
  fetch(url, { method: "POST", headers: { "X-CSRFToken": token }, credentials: "same-origin" }).catch(() => {});
}, ALIVE);

// --- Forms that leave the page where it is -------------------------------------------------------------------------

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("form[data-stays]") || event.defaultPrevented) return;
  event.preventDefault();
  if (form.dataset.sending) return;
  form.dataset.sending = "yes";
  const body = new FormData(form, event.submitter);
  try {
    const answer = await fetch(form.getAttribute("action"), { method: "POST", body, credentials: "same-origin" });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (!page.getElementById("meeting") && !page.querySelector(".meeting-item")) location.assign(answer.url);
    else if (answer.status === 422) refused(form, page);
    else sent(form, page);
  } catch {
    // No connection: the browser says so in its own way, and what was typed stays.
    location.reload();
  } finally {
    delete form.dataset.sending;
  }
});

/** The form's own words of why, and the version that stands now; what was typed stays as it is. */
function refused(form, page) {
  const again = form.id ? page.getElementById(form.id) : null;
  const place = form.querySelector("[data-wrong]");
  if (!again || !place) return;
  place.replaceChildren(...(again.querySelector("[data-wrong]")?.childNodes || []));
  const version = form.elements.namedItem("version");
  if (version) version.value = again.elements.namedItem("version").value;
  own(form)?.setAttribute("data-mine", "");
  place.scrollIntoView({ block: "nearest" });
}

function sent(form, page) {
  const place = form.querySelector("[data-wrong]");
  place?.replaceChildren();
  const mine = own(form);
  if (mine) {
    mine.removeAttribute("data-mine");
    if (mine.matches("details")) {
      mine.open = false;
      mine.querySelector("summary")?.focus({ preventScroll: true });
    } else {
      form.reset();
    }
  }
  const notices = page.getElementById("notices");
  if (notices) document.getElementById("notices")?.replaceChildren(...notices.childNodes);
  if (document.getElementById("meeting")) fresh("meeting");
  else location.reload();
}
