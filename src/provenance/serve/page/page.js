// The queue: what was added, what became of it, and the detail of one file. What the service answers
// reaches the page as text only, or by `shared.build`, which makes harmless elements alone.
(() => {
  const { make, build, cut, bytes, spoken, number } = shared;
  const ui = Object.fromEntries([...document.querySelectorAll("[id]")].map((element) => [element.id, element]));
  const PAGE = 100; // cards in the document at a time
  const PRINTED = 500; // cards on paper
  const AT_ONCE = 4; // files that are sent at a time, where the service takes as many
  const ROOM = 400e6; // characters of records and details that a session keeps
  const MOST = { card: 1 << 16, detail: 1 << 22 }; // characters of what is built of one file
  const FAILED = "could not be examined";
  const ADDED = 50; // files between two looks at the screen

  // An item is a file that was added, or one that was found in it: name (for people), sent (the name
  // for the record), file (null for one that was found), state, and what the answer has.
  const items = [];
  let about = null, waiting = [], running = 0, stopped = "", kept = 0, unsaved = false, adding = 0;

  // ---- texts

  const escape = (c) => {
    const code = c.codePointAt(0), hex = code.toString(16);
    return code < 0x80 ? "\\x" + hex.padStart(2, "0") : code < 0x10000 ? "\\u" + hex.padStart(4, "0") : "\\U" + hex.padStart(8, "0");
  };
  // as `base.text.printable_path`: what could reorder or hide a name is escaped visibly
  const printable = (text) => text.replaceAll("\\", "\\\\").replace(/(?! )[\p{C}\p{Z}\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0]/gu, escape);
  const text = (value, most = 300) => (typeof value === "string" ? value.slice(0, most) : "");
  const many = (n, one, more) => number.format(n) + " " + (n === 1 ? one : more);

  // ---- what is sent

  const add = async (source) => {
    adding += 1;
    let since = 0;
    for await (const [file, name] of source) {
      const item = { name: printable(name), sent: name, file, state: "waiting", size: file ? file.size : null };
      items.push(item);
      if (!file) fail(item, "asset.unreadable", "the browser could not read it");
      else if (about && file.size > about.max_size) tooLarge(item);
      else waiting.push(item);
      since += 1;
      if (since % ADDED === 0) {
        refresh();
        pump();
        await new Promise((done) => { setTimeout(done); });
      }
    }
    adding -= 1;
    refresh();
    pump();
  };
  const tooLarge = (item) => fail(item, "asset.too_large", "it is larger than " + bytes(about.max_size) + ", the most that this service takes");
  const chosen = () => ({
    policy: ui.policy.value,
    archives: ui.archives.checked,
    personal_data: ui.personal.checked,
    signed: Boolean(about && about.signing),
  });
  let next = 0; // of `waiting`
  const pump = () => {
    if (!about || stopped) return;
    const most = Math.max(1, Math.min(AT_ONCE, about.at_once || 1));
    while (running < most && next < waiting.length) send(waiting[next++]);
    if (next && next === waiting.length) { waiting = []; next = 0; }
  };
  const send = async (item) => {
    running += 1;
    item.state = "sent";
    draw(item);
    try {
      take(item, await service.verify(item.file, item.sent, chosen(), busy));
      notice("");
    } catch (error) {
      if (error instanceof service.Refused) fail(item, error.code, error.message);
      else if (error instanceof service.Locked) { back(item); ask(); }
      else if (error instanceof service.Gone) { back(item); gone(); }
      else fail(item, "worker.record", "the answer of the service cannot be read");
    }
    running -= 1;
    refresh();
    pump();
  };
  const back = (item) => { // to the front of the queue, where it was
    item.state = "waiting";
    waiting.splice(0, next, item);
    next = 0;
    draw(item);
  };
  const notice = (said, again = false) => {
    if (stopped && !again) return;
    if (ui["notice-text"].textContent === said) return;
    ui["notice-text"].textContent = said;
    ui.again.hidden = !again;
    ui.notice.hidden = !said;
  };
  const busy = (seconds) => notice("The service is busy. The next try is in " + many(Math.ceil(seconds), "second", "seconds") + "; nothing is lost.");
  const gone = () => {
    stopped = "gone";
    notice("The service does not answer: it was ended, or the connection was lost. Results so far are still on this page, and can be saved. Files that wait are sent when it is back.", true);
  };
  const full = () => {
    stopped = "full";
    notice("This page holds as many results as it can. Save them and clear the list; files that wait are sent then.", true);
  };
  const resume = async () => {
    stopped = "";
    notice("");
    try { await begin(); } catch (error) { gone(); }
  };
  const ask = () => {
    stopped = stopped || "locked";
    if (ui.ask.open) return;
    if (ui.token.value) ui["ask-text"].textContent = "The service did not accept this token. Try another one.";
    ui.token.value = "";
    ui.ask.showModal();
  };

  // ---- what comes back

  const fits = (answer) => answer && Array.isArray(answer.files) && answer.files.length > 0 && answer.files.every((one) => one && one.record && one.page && one.page.row);
  const take = (item, answer) => {
    if (!fits(answer)) throw new Error("not an answer");
    const found = answer.files.slice(0, -1).map((one) => fill({ file: null, outer: item }, one));
    fill(item, answer.files.at(-1));
    item.inside = found;
    if (answer.signed) item.signed = JSON.stringify(answer.signed);
    for (const one of found) one.name = item.name + printable(one.inner);
    if (found.length) items.splice(items.indexOf(item) + 1, 0, ...found);
    unsaved = true;
    draw(item);
    if (kept > ROOM) full();
  };
  const fill = (item, { record, page }) => {
    const row = page.row;
    item.row = {
      origin: text(row.origin), error: text(row.error), type: text(row.type), tone: text(row.tone), sha256: text(row.sha256),
      flagged: Array.isArray(row.flagged) ? row.flagged.filter((one) => typeof one === "string").map((one) => text(one)) : [],
      generator: text(row.generator), model: text(row.model), signer: text(row.signer),
    };
    if (item.outer) {
      const path = record.asset && typeof record.asset.path === "string" ? record.asset.path : "";
      const at = path.indexOf("!/");
      item.inner = path.slice(at < 0 ? 0 : at, 1100) || "!/";
      item.size = Number.isFinite(row.size) ? row.size : null;
    }
    item.record = JSON.stringify(record);
    item.csv = Array.isArray(page.csv) ? page.csv : [];
    item.card = JSON.stringify(page.card || []);
    item.detail = JSON.stringify(page.detail || []);
    item.state = "done";
    kept += item.record.length + item.card.length + item.detail.length;
    return item;
  };
  const fail = (item, code, message) => {
    Object.assign(item, saving.unsent(item.sent, item.size, code, message), { state: "done" });
    item.row = { origin: "", error: code, type: "", tone: "bad", sha256: "", flagged: [], generator: "", model: "", signer: "" };
    item.card = JSON.stringify([["div", { class: "headline" }, ["p", {}, ["strong", { class: "bad" }, FAILED + ": " + message]]]]);
    item.detail = "[]";
    unsaved = true;
    draw(item);
  };
  // Elements of what an answer has; identifiers are dropped, since those of this page are its own.
  const built = (json, most) => {
    const made = make("div");
    try {
      if (json.length > most) throw new Error("too long");
      made.append(...JSON.parse(json).map((node) => build(node)));
      for (const element of made.querySelectorAll("[id]")) element.removeAttribute("id");
    } catch (error) {
      made.replaceChildren(make("p", "A part of the answer has a form that this page does not show. Do not rely on it.", "bad"));
    }
    return [...made.childNodes];
  };

  // ---- the cards: a page of them is in the document

  let listed = [], page = 0, current = null, opened = null, printing = false;
  const state = { q: "", origin: "", flag: "" };
  const cards = new Map(); // the cards that are in the document
  const TONES = { bad: "bad", warn: "warn", good: "good", bold: "plain" };
  const STATES = { waiting: "waiting", sent: "being examined" };
  const paint = (item, card) => {
    const { row } = item, hit = row && (row.flagged.length || row.error);
    const tone = row && Object.hasOwn(TONES, row.tone) ? TONES[row.tone] : "plain";
    card.className = "card tone-" + (row ? tone : "open") + (hit ? " hit" : "") + (item === opened ? " chosen" : "") + (item.outer ? " inner" : "");
    const facts = make("span", [row ? row.type : "", bytes(item.size)].filter((part) => part).join(", "), "facts dim");
    const body = make("div", null, "body");
    if (row) body.append(...built(item.card, MOST.card));
    else body.append(make("p", STATES[item.state], "dim"));
    const top = card.firstChild;
    while (top.childNodes.length > 1) top.lastChild.remove(); // the button stays: it may have the focus
    if (row && row.flagged.length) top.append(make("span", "flagged: " + row.flagged.map(spoken).join(", "), "chip bad"));
    if (item.inside && item.inside.length) {
      const hits = item.inside.filter((one) => one.row.flagged.length).length;
      top.append(make("span", many(item.inside.length, "file", "files") + " inside" + (hits ? ", " + number.format(hits) + " flagged" : ""), hits ? "chip bad" : "chip"));
    }
    top.append(facts);
    if (card.children.length > 1) card.lastChild.replaceWith(body); else card.append(body);
  };
  const card = (item) => {
    if (cards.has(item)) return cards.get(item);
    const made = make("li"), top = make("div", null, "card-top"), title = make("h3"), button = make("button", null, "name");
    button.type = "button";
    button.append(cut(item.name, 60));
    button.setAttribute("aria-label", item.name); // whole, and in one piece
    button.tabIndex = item === current ? 0 : -1;
    title.append(button);
    top.append(title);
    made.append(top);
    made.addEventListener("click", (event) => {
      if (!button.contains(event.target) && String(getSelection())) return; // a text is being copied
      choose(item);
      open(item);
      // pressed by a key, or where the detail covers the queue
      if (event.detail === 0 || ui.detail.matches(":modal")) ui.detail.focus();
    });
    cards.set(item, made);
    paint(item, made);
    return made;
  };
  const draw = (item) => {
    if (cards.has(item)) paint(item, cards.get(item));
    if (item === opened) open(item);
  };
  const has = (row, wanted) => (wanted === "*" ? row.flagged.length > 0 : wanted === "!" ? row.error !== "" : row.flagged.includes(wanted));
  const matches = (item) => {
    const { row } = item, q = state.q.toLowerCase();
    if (!row && (state.origin || state.flag)) return false;
    if (state.origin && row.origin !== state.origin) return false;
    if (state.flag && !has(row, state.flag)) return false;
    return !q || [item.name, ...(row ? [row.generator, row.model, row.signer, row.sha256] : [])].some((one) => one.toLowerCase().includes(q));
  };
  const list = () => {
    const narrowed = Boolean(state.q || state.origin || state.flag);
    ui.reset.hidden = !narrowed;
    listed = narrowed ? items.filter(matches) : items;
    page = Math.min(page, Math.max(0, Math.ceil(listed.length / PAGE) - 1));
    const begin = printing ? 0 : page * PAGE, end = printing ? PRINTED : begin + PAGE;
    const here = new Set(listed.slice(begin, end));
    for (const [item, made] of cards) if (!here.has(item)) { made.remove(); cards.delete(item); }
    let at = ui.queue.firstChild; // cards that stay are not moved, so that the focus stays too
    for (const item of here) {
      const made = card(item);
      if (at === made) at = at.nextSibling; else ui.queue.insertBefore(made, at);
    }
    ui.queue.start = begin + 1;
    if (!here.has(current)) choose(here.values().next().value || null);
    ui.shown.textContent = listed === items ? "" : number.format(listed.length) + " of " + many(items.length, "file", "files") + " listed";
    if (printing && listed.length > PRINTED) ui.shown.textContent += " The first " + number.format(PRINTED) + " are printed: narrow the list with the filters.";
    ui.pages.hidden = listed.length <= PAGE;
    ui.where.textContent = number.format(begin + 1) + " to " + number.format(Math.min(begin + PAGE, listed.length)) + " of " + number.format(listed.length);
    ui.earlier.disabled = page === 0;
    ui.later.disabled = (page + 1) * PAGE >= listed.length;
  };
  const choose = (item) => {
    for (const [one, made] of cards) made.querySelector(".name").tabIndex = one === item ? 0 : -1;
    current = item;
  };
  const focus = (item) => {
    const at = listed.indexOf(item);
    if (at < 0) return;
    if (Math.floor(at / PAGE) !== page) { page = Math.floor(at / PAGE); list(); }
    choose(item);
    cards.get(item).querySelector(".name").focus();
  };
  const turn = (step) => { page += step; list(); choose(listed[page * PAGE] || null); ui.results.scrollIntoView(); };

  // ---- counts and filters, brought up to date a few times a second at most

  let asked = false, spokenAt = 0;
  const refresh = () => {
    if (asked) return;
    asked = true;
    setTimeout(() => { asked = false; count(); list(); }, 100);
  };
  const options = (select, words) => {
    const values = [...words].sort((a, b) => (a[1] < b[1] ? -1 : 1));
    if (values.map((one) => one.join("\t")).join("\n") === select.known) return;
    select.known = values.map((one) => one.join("\t")).join("\n");
    for (const option of [...select.querySelectorAll(".found")]) option.remove();
    for (const [value, said] of values) {
      const option = make("option", said, "found");
      option.value = value;
      select.append(option);
    }
    select.value = state[select.id];
  };
  const count = () => {
    let done = 0, hits = 0, errors = 0;
    const origins = new Map(), flags = new Map();
    const more = (map, key) => map.set(key, (map.get(key) || 0) + 1);
    for (const { row } of items) {
      if (!row) continue;
      done += 1;
      if (row.error) errors += 1;
      if (row.flagged.length) hits += 1;
      if (row.origin) more(origins, row.origin);
      for (const flag of row.flagged) more(flags, flag);
    }
    const labelled = (map, say) => [...map].slice(0, 100).map(([value, n]) => [value, say(value) + " (" + number.format(n) + ")"]);
    options(ui.origin, labelled(origins, (value) => (Object.hasOwn(given.origin, value) ? given.origin[value] : spoken(value))));
    options(ui.flag, [...labelled(flags, spoken), ...(errors ? [["!", FAILED + " (" + number.format(errors) + ")"]] : [])]);
    const rest = items.length - done;
    const parts = [rest || adding ? number.format(done) + " of " + many(items.length, "file", "files") + " examined" : many(items.length, "file", "files") + " examined"];
    parts.push(number.format(hits) + " flagged");
    if (errors) parts.push(number.format(errors) + " " + FAILED);
    const said = parts.join(", ");
    ui.results.hidden = items.length === 0;
    ui.drop.classList.toggle("small", items.length > 0);
    ui.progress.max = Math.max(1, items.length);
    ui.progress.value = done;
    ui.progress.hidden = rest === 0;
    ui.counts.textContent = said;
    for (const name of ["save-csv", "save-json", "save-signed", "print"]) ui[name].disabled = done === 0;
    // a screen reader is told at the end, and every few seconds before
    if ((rest === 0 || Date.now() - spokenAt > 5000) && ui.live.textContent !== said) { ui.live.textContent = said; spokenAt = Date.now(); }
  };
  const filter = (changes) => {
    Object.assign(state, changes);
    for (const key of Object.keys(state)) ui[key].value = state[key];
    page = 0;
    list();
  };
  let pending = 0;
  ui.q.addEventListener("input", () => { clearTimeout(pending); pending = setTimeout(() => filter({ q: ui.q.value }), 120); });
  ui.filters.addEventListener("submit", (event) => { event.preventDefault(); filter({ q: ui.q.value }); });
  for (const key of ["origin", "flag"]) ui[key].addEventListener("change", () => filter({ [key]: ui[key].value }));
  ui.reset.addEventListener("click", () => filter({ q: "", origin: "", flag: "" }));
  ui.earlier.addEventListener("click", () => turn(-1));
  ui.later.addEventListener("click", () => turn(1));

  // ---- one file

  const open = (item) => {
    const before = opened;
    opened = item;
    if (before && before !== item) mark(before);
    mark(item);
    if (before !== item) preview.end();
    const inside = [make("p", item.name, "path")];
    if (item.row) {
      const looked = (before === item && ui.inside.querySelector(".preview")) || preview.of(item.file, item.row.type);
      inside.push(...built(item.card, MOST.card));
      if (looked) inside.push(looked);
      inside.push(...built(item.detail, MOST.detail));
    } else inside.push(make("p", STATES[item.state], "dim"));
    ui.inside.replaceChildren(...inside);
    if (!ui.detail.open) {
      if (matchMedia("(min-width: 68rem)").matches) {
        const had = document.activeElement;
        ui.detail.show();
        if (had) had.focus({ preventScroll: true });
      } else ui.detail.showModal();
    }
    ui.both.classList.add("opened");
    if (before !== item) ui.detail.scrollTop = 0;
  };
  const mark = (item) => { if (cards.has(item)) cards.get(item).classList.toggle("chosen", item === opened); };
  const step = (way) => {
    const at = listed.indexOf(opened) + way, item = listed[at];
    if (!item) return;
    if (Math.floor(at / PAGE) !== page) { page = Math.floor(at / PAGE); list(); }
    choose(item);
    open(item);
    cards.get(item).scrollIntoView({ block: "nearest" });
  };
  ui.before.addEventListener("click", () => step(-1));
  ui.after.addEventListener("click", () => step(1));
  const closed = () => {
    const item = opened;
    preview.end();
    opened = null;
    if (item) mark(item);
    ui.inside.replaceChildren();
    ui.both.classList.remove("opened");
  };
  const close = () => {
    if (!ui.detail.open) return;
    const item = opened, left = document.activeElement === document.body || ui.detail.contains(document.activeElement);
    ui.detail.close();
    closed();
    if (item && left) focus(item); // the browser would go back to the card that was opened first
  };
  ui.close.addEventListener("click", close);
  // The browser may close it too. Its event comes later than the closing: another file may be open.
  ui.detail.addEventListener("close", () => { if (!ui.detail.open) closed(); });
  ui.detail.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { close(); event.preventDefault(); }
  });

  // ---- the keyboard

  ui.queue.addEventListener("keydown", (event) => {
    if (!event.target.classList.contains("name") || event.altKey || event.ctrlKey || event.metaKey) return;
    const at = listed.indexOf(current);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: listed.length - 1 }[event.key];
    if (to !== undefined) {
      const item = listed[Math.max(0, Math.min(listed.length - 1, to))];
      focus(item);
      if (ui.detail.open) open(item);
    } else if (event.key === "Escape" && ui.detail.open) close();
    else return;
    event.preventDefault();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || ui.results.hidden || ui.ask.open || /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) return;
    ui.q.focus();
    event.preventDefault();
  });

  // ---- ways in: dropped, pasted, chosen

  const carries = (event) => event.dataTransfer && [...event.dataTransfer.types].includes("Files");
  for (const name of ["dragenter", "dragover"]) {
    document.addEventListener(name, (event) => {
      if (!carries(event)) return;
      event.preventDefault();
      ui.drop.classList.add("over");
    });
  }
  document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) ui.drop.classList.remove("over"); });
  document.addEventListener("drop", (event) => {
    ui.drop.classList.remove("over");
    if (!carries(event)) return;
    event.preventDefault(); // else the browser would leave this page for the file
    add(incoming.dropped(event.dataTransfer));
  });
  document.addEventListener("paste", (event) => {
    if (!event.clipboardData.files.length) return;
    event.preventDefault();
    add(incoming.chosen([...event.clipboardData.files]));
  });
  for (const [button, input] of [["choose", "files"], ["choose-folder", "folder"]]) {
    ui[button].addEventListener("click", () => ui[input].click());
    ui[input].addEventListener("change", () => {
      add(incoming.chosen([...ui[input].files]));
      ui[input].value = ""; // the same file may be chosen again
    });
  }

  // ---- ways out: saved, printed, cleared, left

  const done = () => items.filter((item) => item.row);
  ui["save-csv"].addEventListener("click", () => { saving.csv(done()); unsaved = false; });
  ui["save-json"].addEventListener("click", () => { saving.json(done()); unsaved = false; });
  ui["save-signed"].addEventListener("click", () => { saving.signed(done()); });
  const print = (one) => {
    document.body.classList.toggle("print-list", !one);
    window.print();
    document.body.classList.remove("print-list");
  };
  ui.print.addEventListener("click", () => print(false));
  ui["print-one"].addEventListener("click", () => print(true));
  window.addEventListener("beforeprint", () => { printing = true; list(); });
  window.addEventListener("afterprint", () => { printing = false; list(); });
  ui.clear.addEventListener("click", () => {
    if (unsaved && !window.confirm("The results are not saved. Clear the list anyway?")) return;
    close();
    // what is being examined stays, and so does what waits
    const left = items.filter((item) => !item.row);
    items.splice(0, items.length, ...left);
    kept = 0;
    unsaved = false;
    filter({ q: "", origin: "", flag: "" });
    count();
    if (stopped === "full") resume();
    ui.choose.focus();
  });
  window.addEventListener("beforeunload", (event) => { if (unsaved) event.preventDefault(); });

  // ---- the service

  const host = location.hostname;
  const here = host === "localhost" || host.endsWith(".localhost") || host === "[::1]" || /^127(\.\d+){3}$/.test(host);
  ui.place.textContent = here
    ? "Files are examined on this machine, in memory. Nothing is kept."
    : "Files are sent to " + host + ", and are in its memory while they are examined. Nothing is kept there.";
  const begin = async () => {
    about = await service.about();
    const names = Array.isArray(about.policies) ? about.policies.filter((name) => typeof name === "string") : [];
    if (!ui.policy.options.length) {
      for (const name of names) {
        const option = make("option", name);
        option.value = name;
        ui.policy.append(option);
      }
    }
    ui["policy-label"].hidden = names.length < 2;
    ui["archives-label"].hidden = !about.archives;
    ui["personal-label"].hidden = !about.personal_data;
    ui["save-signed"].hidden = !about.signing;
    // what was added before the service had said how much it takes
    for (const item of waiting.slice(next)) if (item.size > about.max_size) tooLarge(item);
    waiting = waiting.slice(next).filter((item) => !item.row);
    next = 0;
    refresh();
    pump();
  };
  ui.again.addEventListener("click", resume);
  ui.ask.addEventListener("cancel", (event) => event.preventDefault()); // nothing works without it
  ui["ask-form"].addEventListener("submit", (event) => {
    event.preventDefault();
    service.unlock(ui.token.value);
    ui.ask.close();
    if (stopped === "locked") stopped = "";
    pump();
  });
  begin().then(() => { if (about.token) ask(); }, gone);
})();
