// What a look measures in a page. Everything is told as sentences: nothing found is an empty list.
(() => {
  const shown = (e) => e.checkVisibility({ checkOpacity: false, checkVisibilityCSS: true });
  const name = (e) => {
    const text = (e.getAttribute("aria-label") || e.innerText || e.value || "").trim().replace(/\s+/g, " ").slice(0, 40);
    return `${e.localName}${e.id ? "#" + e.id : ""}${e.name ? `[${e.name}]` : ""} "${text}"`;
  };
  const clips = (e) => ["hidden", "clip"].includes(getComputedStyle(e).overflowX);
  const scrolls = (e) => {
    for (let up = e; up && up !== document.documentElement; up = up.parentElement) {
      if (["auto", "scroll"].includes(getComputedStyle(up).overflowX)) return true;
    }
    return false;
  };

  /** One heading of the page, no jump of levels, one main part, language, nothing styled inline. */
  const structure = (language) => {
    const wrong = [];
    const headings = [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")].filter(shown);
    const firsts = headings.filter((e) => e.localName === "h1");
    if (firsts.length !== 1) wrong.push(`${firsts.length} h1 headings`);
    if (firsts.some((e) => !e.innerText.trim())) wrong.push("an empty h1");
    headings.reduce((before, e) => {
      const level = Number(e.localName[1]);
      if (level > before + 1) wrong.push(`heading h${level} after h${before}: ${name(e)}`);
      return level;
    }, 0);
    if (document.querySelectorAll("main").length !== 1) wrong.push("not one main");
    if (document.documentElement.lang !== language) wrong.push(`lang is ${document.documentElement.lang}`);
    for (const e of document.querySelectorAll("[style]")) wrong.push(`an inline style at ${name(e)}`);
    const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
    for (const id of new Set(ids.filter((one, place) => ids.indexOf(one) !== place))) wrong.push(`id ${id} twice`);
    return wrong;
  };

  /** Nothing wider than the window, no text cut or out of sight. */
  const layout = () => {
    const wrong = [];
    const width = window.innerWidth;
    const over = document.documentElement.scrollWidth - document.documentElement.clientWidth;
    if (over > 0) wrong.push(`scrolls sideways by ${over} px`);
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const told = new Set();
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const e = node.parentElement;
      if (!node.data.trim() || !e || told.has(e) || ["SCRIPT", "STYLE", "OPTION", "NOSCRIPT"].includes(e.nodeName)) continue;
      if (!shown(e) || e.closest(".visually-hidden, .cut, .skip, svg")) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      const box = range.getBoundingClientRect();
      if (!box.width) continue;
      if ((box.right > width + 1 || box.left < -1) && !scrolls(e)) {
        told.add(e);
        wrong.push(`text beyond the edge: ${name(e)}`);
      }
      const lines = box.height / (parseFloat(getComputedStyle(e).lineHeight) || 24);
      if (lines > 3 && node.data.trim().length < lines * 4) {
        told.add(e);
        wrong.push(`words squeezed into ${Math.round(lines)} lines: ${name(e)}`);
      }
      if (clips(e) && e.scrollWidth > e.clientWidth + 1) {
        told.add(e);
        wrong.push(`cut text: ${name(e)}`);
      }
    }
    for (const e of document.querySelectorAll("button, .button, .button-second, a[href]")) {
      if (shown(e) && !e.closest(".visually-hidden, .cut") && e.scrollWidth > e.clientWidth + 2 && e.clientWidth) {
        wrong.push(`words wider than their box: ${name(e)}`);
      }
    }
    return wrong;
  };

  /** What Tab must reach: everything that can be operated, a group of radio buttons once. */
  const stops = () => {
    const all = [...(document.querySelector("dialog:modal") || document).querySelectorAll(
      "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex], audio[controls], [contenteditable]")];
    const groups = new Set();
    return all.filter((e) => {
      if (e.disabled || e.tabIndex < 0 || e.closest("[inert]") || !shown(e)) return false;
      if (e.localName === "summary" && e.parentElement.querySelector("summary") !== e) return false;
      if (e.type === "radio") {
        const group = `${e.form?.id || e.form?.action || ""} ${e.name}`;
        const chosen = [...document.getElementsByName(e.name)].find((one) => one.checked && one.form === e.form);
        if (groups.has(group) || (chosen && chosen !== e)) return false;
        groups.add(group);
      }
      return true;
    });
  };
  const begin = () => {
    window.looked = { wanted: stops(), seen: [] };
    // From the very beginning, wherever the page itself has put the focus.
    const whole = document.querySelector("dialog:modal") || document.body;
    whole.tabIndex = -1;
    whole.focus();
    whole.removeAttribute("tabindex");
    window.scrollTo(0, 0);
    return window.looked.wanted.length;
  };
  /** Note where the focus is now; returns whether Tab has left the page, with what is wrong with this stop. */
  const stop = async () => {
    const e = document.activeElement;
    const { seen } = window.looked;
    if (!e || e === document.body || e === document.documentElement || seen.includes(e)) return { over: true, wrong: [] };
    seen.push(e);
    const wrong = [];
    const ringed = [e, e.closest("label"), e.nextElementSibling, e.parentElement].filter(Boolean).some((one) => {
      const style = getComputedStyle(one);
      return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
    });
    if (!ringed) wrong.push(`no ring of focus on ${name(e)}`);
    const hidden = behind(e);
    if (hidden === null) return { over: false, wrong };
    // A list that scrolls within itself may need a moment to bring it into sight.
    let still = hidden;
    for (const end = performance.now() + 500; still !== null && performance.now() < end; still = behind(e)) {
      await new Promise((done) => { requestAnimationFrame(done); });
    }
    if (still !== null) wrong.push(`the focus is out of sight on ${name(e)}${still ? `, behind ${name(still)}` : ""}`);
    return { over: false, wrong };
  };
  /** What lies on an element; nothing (false) where it is outside the window, null where it can be seen. */
  const behind = (e) => {
    // The first line of it: a link may go over two.
    const box = e.getClientRects()[0] || e.getBoundingClientRect();
    const x = Math.min(Math.max((box.left + box.right) / 2, 1), window.innerWidth - 2);
    const y = Math.min(Math.max((box.top + Math.min(box.bottom, box.top + 40)) / 2, 1), window.innerHeight - 2);
    const there = document.elementFromPoint(x, y);
    const mine = there && (e.contains(there) || there.contains(e) || [...(e.labels || [])].some((label) => label.contains(there)));
    const outside = box.bottom < 0 || box.top > window.innerHeight || box.right < 0 || box.left > window.innerWidth;
    return outside ? false : mine ? null : there;
  };
  const reached = () => {
    const { wanted, seen } = window.looked;
    const order = seen.filter((e) => wanted.includes(e)).map((e) => wanted.indexOf(e));
    return [
      ...wanted.filter((e) => !seen.includes(e)).map((e) => `Tab does not reach ${name(e)}`),
      ...(order.every((place, at) => !at || place > order[at - 1]) ? [] : ["Tab goes in another order than the page"]),
    ];
  };

  /** Every piece of text a person sees or hears, for the comparison with the catalogues. */
  const texts = () => {
    const found = [document.title.replace(/ – Polku$/, "")];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      if (["SCRIPT", "STYLE"].includes(node.parentElement.nodeName) || node.parentElement.closest("[lang]:not(html)")) continue;
      found.push(node.data);
    }
    for (const e of document.querySelectorAll("[aria-label], [title], [placeholder], [alt]")) {
      if (e.closest("[lang]:not(html)")) continue;
      for (const attribute of ["aria-label", "title", "placeholder", "alt"]) found.push(e.getAttribute(attribute) || "");
    }
    return [...new Set(found.map((text) => text.trim().replace(/\s+/g, " ")).filter(Boolean))];
  };

  /** What one fills in: fields that text is written in, files, boxes and choices, also in what is folded away. */
  const WRITTEN = ["text", "search", "email", "tel", "number", "date", "time", "password", "url", "file"];
  const ticked = (e) => e.type === "checkbox" || e.type === "radio";
  const fields = (form) => [...form.elements].filter((e) =>
    e.name && !e.disabled && (WRITTEN.includes(e.type) || e.localName === "textarea" || e.localName === "select" || ticked(e)));

  /** The forms that are posted and have something to fill in: where to, which of the page's forms, and what makes it
      another than its neighbours (a row's own form is the same as that of the row above). */
  const forms = () => [...document.querySelectorAll("form")].map((form, place) => {
    const address = form.method === "post" ? form.getAttribute("action") || location.pathname : form.getAttribute("hx-post") || "";
    const step = form.querySelector("input[type=hidden][name=step]")?.value || "";
    return [address, place, [step, ...new Set(fields(form).map((e) => e.name))].join(" ")];
  }).filter(([address, place]) => address && fields(document.querySelectorAll("form")[place]).length);

  /** Empty a form and send it past the browser's own checks; returns the names of what the browser would refuse. */
  const empty = (place) => {
    const form = document.querySelectorAll("form")[place];
    form.noValidate = true;
    for (const e of fields(form)) {
      if (ticked(e)) e.checked = false;
      else if (e.localName !== "select") e.value = "";
      else if (e.querySelector("option[value='']")) e.value = "";
    }
    const refused = fields(form).filter((e) => e.willValidate && !e.validity.valid).map((e) => e.name);
    form.requestSubmit();
    return [...new Set(refused)];
  };

  /** Whether a refusal says in words what is wrong, at the very fields; `names` are those that had to be filled in. */
  const refusal = (names) => {
    const wrong = [];
    const text = (e) => e.innerText.trim();
    const words = [...document.querySelectorAll(".error, .error-summary, .note-late")].filter((e) => shown(e) && text(e));
    if (!words.length) return ["nothing says what is wrong"];
    const marked = (e) => e.getAttribute("aria-invalid") === "true" || e.closest("[aria-invalid=true], .group.has-error");
    for (const one of names) {
      const all = [...document.getElementsByName(one)].filter((e) => e.type !== "hidden");
      if (all.length && !all.some(marked)) wrong.push(`${one} was empty, and is not marked as wrong`);
    }
    for (const e of document.querySelectorAll("[aria-invalid=true]")) {
      const ids = [e, e.closest("fieldset")].map((one) => one?.getAttribute("aria-describedby") || "").join(" ");
      const said = ids.split(" ").map((id) => document.getElementById(id));
      if (!said.some((one) => one && one.matches(".error") && shown(one) && text(one))) wrong.push(`no words of what is wrong at ${name(e)}`);
    }
    for (const link of document.querySelectorAll(".error-summary a")) {
      const there = document.getElementById(link.hash.slice(1));
      if (!there || !shown(there)) wrong.push(`the summary leads nowhere: ${name(link)}`);
    }
    return wrong;
  };

  window.eye = { structure, layout, stops, begin, stop, reached, texts, forms, empty, refusal };
})();
