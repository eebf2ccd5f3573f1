"use strict";
// A list of files: filters, runs of like files folded, the keyboard, and the details of one. What it
// lists is a table of columns, which may grow:
//   paths     texts
//   kindOf    numbers into kinds
//   kinds     what many files have in common, as texts: origin, assurance, flagged, generator, model,
//             signer, error, type, month of signing
//   modified  seconds since 1970, NaN where there is none; sizes: bytes, -1 where there is none
//   detail    from the number of a file to an element, or null; then `missing` is said
//   said      words for the values of origin and of assurance
// It gives `begin` to call once, `update` after the table has grown, and `choose` to filter.
const listing = (table) => {
  const { make, cut, bytes, spoken, number } = shared;
  const by = (id) => document.getElementById(id);
  const { paths, kindOf, kinds, modified, sizes, said } = table;
  const ORIGIN = 0, ASSURANCE = 1, FLAGGED = 2, GENERATOR = 3, MODEL = 4, SIGNER = 5, ERROR = 6, TYPE = 7, SIGNED = 8;
  const FAILED = "could not be examined";
  const date = (i) => (Number.isNaN(modified[i]) ? "" : new Date(modified[i] * 1000).toISOString());
  const verdict = (kind) => said.origin[kind[ORIGIN]] || (kind[ERROR] ? FAILED : "");
  const name = (path) => path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);

  const COLUMNS = [
    { title: "Path", name: "path" },
    { title: "Verdict", name: "origin", of: verdict },
    { title: "Rests on", name: "assurance", of: (k) => (k[ASSURANCE] === "none" ? "" : spoken(k[ASSURANCE])) },
    { title: "Flagged, error", name: "flag", of: (k) => spoken(k[FLAGGED]) || k[ERROR] },
    { title: "Generator", name: "generator", of: (k) => k[GENERATOR] },
    { title: "Model", name: "model", of: (k) => k[MODEL] },
    { title: "Signer", name: "signer", of: (k) => k[SIGNER] },
    { title: "Modified", name: "modified", one: (i) => date(i).slice(0, 10), key: (i) => (Number.isNaN(modified[i]) ? -Infinity : modified[i]) },
    { title: "Size", name: "size", one: (i) => (sizes[i] < 0 ? "" : bytes(sizes[i])), key: (i) => sizes[i], number: true },
  ];
  const SELECTS = ["origin", "assurance", "flag", "error", "generator", "type"];
  const STATE = { q: "", origin: "", assurance: "", flag: "", error: "", generator: "", type: "", model: "", signer: "", month: "", signed: "", sort: "path", desc: "", unfold: "", open: "" };
  let state = { ...STATE };

  // ---- what is listed: `list` has rows; an item is a row, or a run of at least ALIKE like ones

  const ALIKE = 4, PAGE = 50000;
  let list = [], firsts = [], counts = [], page = 0, cursor = -1;
  let pointed = -1; // the line that the pointer came to last, while the cursor stays where it is
  const expanded = new Set(); // the first rows of runs that are unfolded

  const has = (text, wanted) => (wanted === "*" ? text !== "" : text.split(",").includes(wanted));
  const fits = (kind) =>
    (!state.origin || (state.origin === "error" ? kind[ERROR] !== "" : kind[ORIGIN] === state.origin)) &&
    (!state.assurance || kind[ASSURANCE] === state.assurance) &&
    (!state.flag || has(kind[FLAGGED], state.flag)) &&
    (!state.error || has(kind[ERROR], state.error)) &&
    (!state.generator || kind[GENERATOR] === state.generator) &&
    (!state.type || kind[TYPE] === state.type) &&
    (!state.model || kind[MODEL] === state.model) &&
    (!state.signer || kind[SIGNER] === state.signer) &&
    (!state.signed || kind[SIGNED] === state.signed);
  const select = () => {
    const q = state.q.toLowerCase();
    const wanted = kinds.map(fits);
    const named = kinds.map((k) => q !== "" && [k[GENERATOR], k[MODEL], k[SIGNER]].some((text) => text.toLowerCase().includes(q)));
    list = [];
    for (let i = 0; i < paths.length; i += 1) {
      const kind = kindOf[i];
      if (!wanted[kind] || (state.month && date(i).slice(0, 7) !== state.month)) continue;
      if (!q || named[kind] || paths[i].toLowerCase().includes(q)) list.push(i);
    }
    sort();
    const narrowed = ["model", "signer", "month", "signed"].filter((key) => state[key]).map((key) => key + " " + state[key]);
    by("shown").textContent = number.format(list.length) + " of " + number.format(paths.length) + " files listed" + (narrowed.length ? " (" + narrowed.join(", ") + ")" : "");
    fold();
    page = 0;
    cursor = firsts.length ? 0 : -1;
    by("scroll").scrollTop = 0;
    paint();
  };
  const sort = () => {
    const column = COLUMNS.find((c) => c.name === state.sort) || COLUMNS[0];
    const way = state.desc ? -1 : 1;
    if (column.name === "path") {
      if (state.desc) list.reverse();
      return;
    }
    let key = column.key;
    if (!key) {
      const texts = kinds.map(column.of);
      const ranks = new Map([...new Set(texts)].sort().map((text, n) => [text, n]));
      const rank = texts.map((text) => ranks.get(text));
      key = (i) => rank[kindOf[i]];
    }
    list.sort((a, b) => { const x = key(a), y = key(b); return x === y ? a - b : x < y ? -way : way; });
  };
  const folder = (path) => path.length - name(path).length; // its length
  const alike = (a, b) => {
    if (kindOf[a] !== kindOf[b]) return false;
    const end = folder(paths[a]);
    return end === folder(paths[b]) && paths[a].slice(0, end) === paths[b].slice(0, end);
  };
  const fold = () => {
    firsts = [];
    counts = [];
    pointed = -1;
    for (let at = 0; at < list.length; ) {
      let end = at + 1;
      while (end < list.length && alike(list[at], list[end])) end += 1;
      const run = end - at >= ALIKE && !state.unfold;
      if (run) { firsts.push(at); counts.push(end - at); }
      if (!run || expanded.has(list[at])) for (let i = at; i < end; i += 1) { firsts.push(i); counts.push(1); }
      at = end;
    }
    by("scroll").setAttribute("aria-rowcount", String(firsts.length + 1));
  };

  // ---- the list: only the rows in view are in the document

  const height = () => Number(getComputedStyle(by("rows")).getPropertyValue("--row")) || 38;
  const span = () => [page * PAGE, Math.min(firsts.length, (page + 1) * PAGE)];
  const cell = (content, kind) => {
    const made = make("span", null, "cell " + kind);
    made.setAttribute("role", "gridcell");
    made.append(content);
    return made;
  };
  const whole = (item) => {
    const a = list[firsts[item]], b = list[firsts[item] + counts[item] - 1];
    return counts[item] === 1 ? paths[a] : paths[a] + " to " + name(paths[b]);
  };
  const line = (item) => {
    const index = list[firsts[item]], kind = kinds[kindOf[index]], many = counts[item] > 1;
    const open = many && expanded.has(index);
    const made = make("div", null, "row" + (kind[FLAGGED] || kind[ERROR] ? " hit" : "") + (many ? " many" : ""));
    made.setAttribute("role", "row");
    made.id = "item-" + item;
    made.setAttribute("aria-rowindex", String(item + 2));
    made.setAttribute("aria-selected", String(item === cursor));
    if (many) made.setAttribute("aria-expanded", String(open));
    const names = (...parts) => {
      const shown = make("span", null, "names");
      shown.append(...parts);
      return shown;
    };
    const box = cell("", "path");
    if (many) {
      const last = list[firsts[item] + counts[item] - 1], above = paths[index].slice(0, folder(paths[index]));
      box.append(
        names(make("span", (open ? "\u25be " : "\u25b8 ") + number.format(counts[item]) + " files", "chip"), cut(above)),
        names(cut(name(paths[index])), make("span", "to", "dim"), cut(name(paths[last]))),
      );
    } else box.append(names(cut(paths[index], room)));
    made.append(box);
    for (const column of COLUMNS.slice(1)) {
      const text = column.of ? column.of(kind) : many ? "" : column.one(index);
      made.append(cell(text, column.name + (column.number ? " number" : "")));
    }
    if (!all) made.style.top = (item - page * PAGE) * height() + "px";
    made.addEventListener("click", () => { cursor = item; by("scroll").focus({ preventScroll: true }); act(); });
    made.addEventListener("mouseenter", () => { pointed = item; by("whole").textContent = whole(item); });
    return made;
  };
  const CHARACTER = 8; // pixels, more than most take
  let room = 0; // characters that the column of paths has room for
  let all = 0; // how many lines to draw whether they are in view or not, while it prints
  const paint = () => {
    const [begin, end] = span(), view = by("scroll"), step = height();
    room = (document.querySelector("#head .path").clientWidth || by("rows").clientWidth - 40) / CHARACTER;
    const first = all ? begin : Math.max(begin, begin + Math.floor(view.scrollTop / step) - 10);
    const last = all ? Math.min(end, begin + all) : Math.min(end, first + Math.ceil((view.clientHeight || 600) / step) + 20);
    const made = [];
    for (let item = first; item < last; item += 1) made.push(line(item));
    by("rows").replaceChildren(...made);
    by("rows").style.height = (end - begin) * step + "px";
    if (all && last < end) by("rows").append(make("div", number.format(end - last) + " more lines are not printed: narrow the list with the filters.", "row"));
    if (cursor >= 0 && by("item-" + cursor)) view.setAttribute("aria-activedescendant", "item-" + cursor);
    else view.removeAttribute("aria-activedescendant");
    // Not that of the cursor under a pointer: its height may be another, and the list be drawn again.
    by("whole").textContent = cursor >= 0 ? whole(pointed >= 0 ? pointed : cursor) : "No file fits these filters.";
    by("pages").hidden = firsts.length <= PAGE;
    by("where").textContent = number.format(begin + 1) + " to " + number.format(end) + " of " + number.format(firsts.length) + " lines";
    by("earlier").disabled = page === 0;
    by("later").disabled = end === firsts.length;
  };
  const turn = (step) => { page += step; cursor = page * PAGE; pointed = -1; by("scroll").scrollTop = 0; paint(); };
  by("earlier").addEventListener("click", () => turn(-1));
  by("later").addEventListener("click", () => turn(1));
  let asked = false;
  let pressed = false; // a click on a row that is replaced before the button is released is none
  const later = () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => { asked = false; if (!pressed) paint(); });
  };
  by("rows").addEventListener("pointerdown", (event) => { pressed = event.button === 0; });
  for (const end of ["pointerup", "pointercancel", "contextmenu"]) {
    window.addEventListener(end, () => { if (pressed) { pressed = false; later(); } });
  }
  by("scroll").addEventListener("scroll", later);
  new ResizeObserver(later).observe(by("scroll"));
  const PRINTED = 1000; // lines of the list on paper
  let closed = []; // runs that are opened to be printed
  window.addEventListener("beforeprint", () => {
    closed = [...document.querySelectorAll("main > section > details.panel:not([open])")];
    for (const run of closed) run.open = true;
    all = PRINTED;
    paint();
  });
  window.addEventListener("afterprint", () => {
    for (const run of closed) run.open = false;
    all = 0;
    paint();
  });

  // ---- the keyboard

  const unfold = (item, want) => {
    const index = list[firsts[item]];
    if (counts[item] === 1 || expanded.has(index) === want) return;
    if (want) expanded.add(index); else expanded.delete(index);
    fold();
    paint();
  };
  const act = () => {
    if (counts[cursor] > 1) unfold(cursor, !expanded.has(list[firsts[cursor]]));
    else { open(list[firsts[cursor]]); paint(); }
  };
  const follow = () => { if (by("detail").open && counts[cursor] === 1) open(list[firsts[cursor]]); };
  by("scroll").addEventListener("keydown", (event) => {
    const view = by("scroll"), step = height(), [begin, end] = span();
    if (event.target !== view || cursor < 0 || event.altKey || event.ctrlKey || event.metaKey) return;
    const some = Math.max(1, Math.floor(view.clientHeight / step) - 2);
    const move = { ArrowDown: 1, ArrowUp: -1, PageDown: some, PageUp: -some, Home: -list.length, End: list.length }[event.key];
    if (move !== undefined) {
      cursor = Math.min(end - 1, Math.max(begin, cursor + move));
      pointed = -1;
      const top = (cursor - begin) * step, low = top + step + by("head").offsetHeight - view.clientHeight;
      if (top < view.scrollTop) view.scrollTop = top;
      if (low > view.scrollTop) view.scrollTop = low;
      paint();
      follow();
    } else if (event.key === "ArrowRight") unfold(cursor, true);
    else if (event.key === "ArrowLeft") unfold(cursor, false);
    else if (event.key === "Enter" || event.key === " ") {
      const single = counts[cursor] === 1;
      act();
      if (single) by("detail").focus();
    } else if (event.key === "Escape" && by("detail").open) by("detail").close();
    else return;
    event.preventDefault();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) return;
    by("q").focus();
    event.preventDefault();
  });

  // ---- one file

  const pairs = (entries) => {
    const made = make("dl", null, "terms");
    for (const [term, value] of entries) if (value) made.append(make("dt", term), make("dd", value));
    return made;
  };
  const open = (index) => {
    const kind = kinds[kindOf[index]], panel = by("detail"), inside = by("inside");
    const size = sizes[index] < 0 ? "" : number.format(sizes[index]) + " bytes";
    inside.replaceChildren(make("p", paths[index], "path"));
    const detail = table.detail(index);
    if (detail) inside.append(detail);
    else {
      inside.append(pairs([
        ["verdict", verdict(kind)], ["rests on", said.assurance[kind[ASSURANCE]]], ["flagged for", spoken(kind[FLAGGED])], ["error", kind[ERROR]],
        ["generator", kind[GENERATOR]], ["model", kind[MODEL]], ["signer", kind[SIGNER]],
      ]), make("p", table.missing, "hint"));
    }
    const facts = pairs([["type", [kind[TYPE], size].filter((text) => text).join(", ")], ["modified", date(index).replace("T", " ").replace(/\.000Z$/, " UTC")]]);
    const place = inside.querySelector(".headline"), digest = inside.querySelector(".digest");
    if (place) place.after(facts); else inside.append(facts);
    if (digest) facts.after(digest);
    if (!panel.open) {
      if (matchMedia("(min-width: 68rem)").matches) panel.show(); else panel.showModal();
      by("scroll").focus();
    }
    if (panel.matches(":modal")) panel.focus();
    by("both").classList.add("opened");
    panel.scrollTop = 0;
    state.open = String(index);
    keep();
  };
  by("close").addEventListener("click", () => by("detail").close());
  by("detail").addEventListener("close", () => {
    by("both").classList.remove("opened");
    state.open = "";
    keep();
    // this event comes later than the closing: what has been chosen meanwhile keeps the focus
    if (document.activeElement === document.body || by("detail").contains(document.activeElement)) by("scroll").focus();
  });
  by("detail").addEventListener("keydown", (event) => {
    if (event.key === "Escape") { by("detail").close(); event.preventDefault(); }
  });

  // ---- filters, and the address that holds them

  const show = () => {
    for (const key of ["q", ...SELECTS]) by(key).value = state[key];
    by("sort").value = state.sort + (state.desc ? " desc" : "");
    by("fold").checked = !state.unfold;
    document.querySelectorAll("#head [role=columnheader]").forEach((head, i) => {
      const sorted = COLUMNS[i].name === state.sort;
      head.setAttribute("aria-sort", sorted ? (state.desc ? "descending" : "ascending") : "none");
    });
  };
  const keep = () => {
    const kept = new URLSearchParams();
    for (const [key, value] of Object.entries(state)) if (value !== STATE[key]) kept.set(key, value);
    history.replaceState(null, "", "#" + kept);
  };
  const change = (changes) => { state = { ...state, ...changes }; keep(); show(); select(); };
  const arrive = () => {
    const given = new URLSearchParams(location.hash.slice(1));
    state = { ...STATE };
    for (const key of Object.keys(STATE)) if (given.has(key)) state[key] = given.get(key);
    const index = state.open === "" ? -1 : Number(state.open);
    show();
    select();
    if (!Number.isInteger(index) || index < 0 || index >= paths.length) return;
    const at = list.indexOf(index), item = firsts.findIndex((first, n) => first <= at && at < first + counts[n]);
    if (at >= 0) {
      page = Math.floor(item / PAGE);
      cursor = item;
      by("scroll").scrollTop = Math.max(0, (item - page * PAGE) * height() - by("scroll").clientHeight / 2);
      paint();
    }
    open(index);
  };
  const MOST = 200; // choices of one filter, the most frequent ones
  const options = (id, field, words) => {
    const found = new Map(), files = new Float64Array(kinds.length);
    for (let i = 0; i < paths.length; i += 1) files[kindOf[i]] += 1;
    kinds.forEach((kind, n) => {
      for (const value of field === FLAGGED ? kind[field].split(",") : [kind[field]]) if (value) found.set(value, (found.get(value) || 0) + files[n]);
    });
    const kept = [...found].sort((a, b) => b[1] - a[1]).slice(0, MOST).sort((a, b) => (a[0] < b[0] ? -1 : 1));
    for (const option of [...by(id).querySelectorAll(".found")]) option.remove();
    for (const [value, many] of kept) {
      const option = make("option", (words ? words[value] || spoken(value) : value) + " (" + number.format(many) + ")", "found");
      option.value = value;
      by(id).append(option);
    }
    return found;
  };
  const fill = () => {
    options("origin", ORIGIN, said.origin);
    options("assurance", ASSURANCE, said.assurance);
    options("flag", FLAGGED, {});
    options("generator", GENERATOR);
    options("type", TYPE);
    if (options("error", ERROR).size) {
      const option = make("option", FAILED, "found");
      option.value = "error";
      by("origin").append(option);
    }
  };
  let pending = 0;
  by("q").addEventListener("input", () => { clearTimeout(pending); pending = setTimeout(() => change({ q: by("q").value }), 120); });
  for (const key of SELECTS) by(key).addEventListener("change", () => change({ [key]: by(key).value }));
  by("sort").addEventListener("change", () => { const [key, desc] = by("sort").value.split(" "); change({ sort: key, desc: desc ? "1" : "" }); });
  by("fold").addEventListener("change", () => change({ unfold: by("fold").checked ? "" : "1" }));
  by("filters").addEventListener("submit", (event) => { event.preventDefault(); change({ q: by("q").value }); });
  by("reset").addEventListener("click", () => change({ ...STATE }));
  window.addEventListener("hashchange", () => { if (location.hash !== "#files") arrive(); });
  const choose = (changes) => { change({ ...STATE, ...changes }); by("files").scrollIntoView(); by("scroll").focus({ preventScroll: true }); };

  const begin = () => {
    const head = document.querySelector("#head .row");
    for (const column of COLUMNS) {
      const th = make("span", null, "cell " + column.name + (column.number ? " number" : "")), button = make("button", column.title);
      th.setAttribute("role", "columnheader");
      button.type = "button";
      button.addEventListener("click", () => change({ sort: column.name, desc: state.sort === column.name && !state.desc ? "1" : "" }));
      th.append(button);
      head.append(th);
      for (const desc of ["", " desc"]) {
        const option = make("option", column.title + (desc ? ", descending" : ""));
        option.value = column.name + desc;
        by("sort").append(option);
      }
    }
    fill();
    arrive();
  };
  return { begin, choose, update: () => { fill(); show(); select(); } };
};
