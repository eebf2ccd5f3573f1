"use strict";
// Everything shown comes out of the two data elements, and reaches the page as text only.
(() => {
  const read = (id) => JSON.parse(document.getElementById(id).textContent);
  const rows = read("data-rows");
  const data = read("data-rest");
  const words = data.words;
  // Columns of a row, in the order in which the page is written.
  const PATH = 0, ORIGIN = 1, ASSURANCE = 2, FLAGGED = 3, GENERATOR = 4, SIGNER = 5, MODIFIED = 6, SIZE = 7, ERROR = 8, SIGNED = 9, TYPE = 10, MODEL = 11;
  const HEIGHT = 30;
  const by = (id) => document.getElementById(id);
  const number = new Intl.NumberFormat("en");

  const make = (tag, text, name) => {
    const element = document.createElement(tag);
    if (text !== undefined && text !== null) element.textContent = text;
    if (name) element.className = name;
    return element;
  };
  const drawn = (tag, attributes) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    return element;
  };
  const word = (row, column) => words[row[column]];
  const spoken = (text) => text.replaceAll("_", " ").replaceAll(",", ", ");
  const month = (row) => (row[MODIFIED] === null ? "" : row[MODIFIED].slice(0, 7));
  const bytes = (size) => {
    if (size === null) return "";
    const units = ["B", "K", "M", "G", "T"];
    let step = 0;
    while (size >= 1024 && step < 4) { size /= 1024; step += 1; }
    return (step && size < 10 ? size.toFixed(1) : Math.round(size)) + " " + units[step];
  };

  const maker = (row) => [word(row, GENERATOR), word(row, MODEL)].filter((text) => text).join(", ");

  const COLUMNS = [
    { title: "Path", name: "path", text: (r) => r[PATH] },
    { title: "Origin", name: "origin", text: (r) => spoken(word(r, ORIGIN)) || (r[ERROR] ? "not examined" : "") },
    { title: "Assurance", name: "assurance", text: (r) => spoken(word(r, ASSURANCE)) },
    { title: "Flagged, error", name: "flag", text: (r) => spoken(word(r, FLAGGED)) || word(r, ERROR) },
    { title: "Generator", name: "generator", text: maker },
    { title: "Signer", name: "signer", text: (r) => word(r, SIGNER) },
    { title: "Modified", name: "modified", text: (r) => (r[MODIFIED] || "").slice(0, 10) },
    { title: "Size", name: "size", text: (r) => bytes(r[SIZE]), sort: (r) => (r[SIZE] === null ? -1 : r[SIZE]), number: true },
  ];
  const STATE = { q: "", origin: "", assurance: "", flag: "", error: "", generator: "", model: "", signer: "", month: "", signed: "", sort: "path", desc: "", open: "" };
  let state = { ...STATE };
  let list = [];
  let cursor = -1;

  // ---- what is listed

  const has = (text, wanted) => (wanted === "*" ? text !== "" : text.split(",").includes(wanted));
  const wanted = (row, q) => {
    if (state.origin && word(row, ORIGIN) !== state.origin) return false;
    if (state.assurance && word(row, ASSURANCE) !== state.assurance) return false;
    if (state.flag && !has(word(row, FLAGGED), state.flag)) return false;
    if (state.error && !has(word(row, ERROR), state.error)) return false;
    if (state.generator && word(row, GENERATOR) !== state.generator) return false;
    if (state.model && word(row, MODEL) !== state.model) return false;
    if (state.signer && word(row, SIGNER) !== state.signer) return false;
    if (state.month && month(row) !== state.month) return false;
    if (state.signed && word(row, SIGNED) !== state.signed) return false;
    if (!q) return true;
    return row[PATH].toLowerCase().includes(q) || maker(row).toLowerCase().includes(q) || word(row, SIGNER).toLowerCase().includes(q);
  };
  const select = () => {
    const q = state.q.toLowerCase();
    list = [];
    for (let i = 0; i < rows.length; i += 1) if (wanted(rows[i], q)) list.push(i);
    const column = COLUMNS.find((c) => c.name === state.sort) || COLUMNS[0];
    const way = state.desc ? -1 : 1;
    if (column.name !== "path" || state.desc) {
      const key = column.sort || column.text;
      const keys = new Map(list.map((i) => [i, key(rows[i])]));
      list.sort((a, b) => {
        const x = keys.get(a), y = keys.get(b);
        return x === y ? a - b : (x < y ? -way : way);
      });
    }
    cursor = list.length ? 0 : -1;
    by("scroll").scrollTop = 0;
    by("table").setAttribute("aria-rowcount", String(list.length + 1));
    const narrowed = ["generator", "model", "signer", "month", "signed"].filter((k) => state[k]).map((k) => k + " " + state[k]);
    by("shown").textContent = number.format(list.length) + " of " + number.format(rows.length) + " files listed" + (narrowed.length ? " (" + narrowed.join(", ") + ")" : "");
    paint();
  };

  // ---- the table: only the rows in view are in the document

  const body = document.querySelector("#table tbody");
  const space = (height) => {
    const row = make("tr", null, "space");
    row.setAttribute("aria-hidden", "true");
    const cell = make("td");
    cell.colSpan = COLUMNS.length;
    cell.style.height = height + "px";
    row.append(cell);
    return row;
  };
  const line = (position) => {
    const index = list[position];
    const row = rows[index];
    const made = make("tr", null, row[FLAGGED] || row[ERROR] ? "hit" : "");
    made.setAttribute("aria-rowindex", String(position + 2));
    made.setAttribute("aria-selected", String(position === cursor));
    for (const column of COLUMNS) {
      const text = column.text(row);
      const cell = make("td", text, column.number ? "number" : column.name);
      cell.title = text.length > 300 ? text.slice(0, 300) + "\u2026" : text;
      made.append(cell);
    }
    made.addEventListener("click", () => { cursor = position; open(index); paint(); });
    return made;
  };
  const paint = () => {
    const view = by("scroll");
    const first = Math.max(0, Math.floor(view.scrollTop / HEIGHT) - 10);
    const last = Math.min(list.length, first + Math.ceil((view.clientHeight || 600) / HEIGHT) + 20);
    const made = [space(first * HEIGHT)];
    for (let i = first; i < last; i += 1) made.push(line(i));
    made.push(space((list.length - last) * HEIGHT));
    body.replaceChildren(...made);
  };
  let asked = false;
  by("scroll").addEventListener("scroll", () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => { asked = false; paint(); });
  });
  by("scroll").addEventListener("keydown", (event) => {
    const page = Math.max(1, Math.floor(by("scroll").clientHeight / HEIGHT) - 2);
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -list.length, End: list.length }[event.key];
    if (event.target.closest("thead")) return;
    if (step !== undefined && list.length) {
      cursor = Math.min(list.length - 1, Math.max(0, cursor + step));
      const view = by("scroll"), head = document.querySelector("#table thead").offsetHeight;
      if (cursor * HEIGHT < view.scrollTop) view.scrollTop = cursor * HEIGHT;
      const low = (cursor + 1) * HEIGHT + head - view.clientHeight;
      if (low > view.scrollTop) view.scrollTop = low;
      paint();
      event.preventDefault();
    } else if (event.key === "Enter" && cursor >= 0) {
      open(list[cursor]);
      by("detail").focus();
      event.preventDefault();
    }
  });

  // ---- one file

  const pairs = (entries) => {
    const made = make("dl", null, "pairs");
    for (const [name, value] of entries) if (value) made.append(make("dt", name), make("dd", value));
    return made;
  };
  const bullets = (title, texts, left) => {
    if (!texts.length) return [];
    const items = make("ul");
    for (const text of texts) items.append(make("li", text));
    if (left) items.append(make("li", left + " more in the record", "hint"));
    return [make("h4", title), items];
  };
  const manifest = (m) => {
    const bad = m.integrity === "broken" || m.revocation === "revoked" || !m.proven;
    const made = make("div", null, bad ? "manifest bad" : "manifest");
    made.append(make("strong", (m.active ? "Active manifest: " : "Manifest: ") + (m.signer || "no signer") + (m.signer && !m.proven ? " (only claimed)" : "")));
    made.append(pairs([
      ["label", m.label], ["chain", m.chain.join(" \u2190 ")], ["lists", m.lists.join(", ")],
      ["identity", m.identity], ["integrity", m.integrity], ["time", m.time + (m.signed_at ? ", " + m.signed_at : "") + (m.authority ? " by " + m.authority : "")],
      ["revocation", m.revocation], ["carries", m.assurance + (m.limit ? ": " + m.limit : "")], ["made with", m.generators.join(", ")],
    ]));
    made.append(...bullets("Actions", m.actions, m.actions_left), ...bullets("Ingredients", m.ingredients, m.ingredients_left));
    return made;
  };
  const open = (index) => {
    const row = rows[index], detail = data.details[index], panel = by("detail");
    const head = make("header");
    const close = make("button", "Close");
    close.type = "button";
    close.addEventListener("click", shut);
    head.append(make("h3", "File"), close);
    panel.replaceChildren(head, make("p", row[PATH], "path"));
    panel.append(pairs([
      ["origin", spoken(word(row, ORIGIN))], ["generator", word(row, GENERATOR)], ["model", word(row, MODEL)], ["assurance", spoken(word(row, ASSURANCE))], ["flagged for", spoken(word(row, FLAGGED))],
      ["type", word(row, TYPE)], ["size", row[SIZE] === null ? "" : number.format(row[SIZE]) + " bytes"], ["modified", row[MODIFIED]],
      ["error", word(row, ERROR)],
    ]));
    if (!detail) {
      const why = word(row, FLAGGED) || word(row, ERROR) ? "Its details did not fit into this page" : "Details are kept for flagged files";
      panel.append(make("p", why + "; the ledger has the whole record.", "note"));
    } else {
      if (detail.error) panel.append(make("p", detail.error, "bad-text"));
      if (detail.sha256) panel.append(pairs([["sha256", detail.sha256]]));
      panel.append(...bullets("Why", detail.reasons, detail.reasons_left), ...bullets("Evidence", detail.signals, detail.signals_left), ...bullets("Findings", detail.findings, detail.findings_left));
      if (detail.manifests.length) panel.append(make("h4", "Chain and manifests"));
      for (const m of detail.manifests) panel.append(manifest(m));
      if (detail.manifests_left) panel.append(make("p", detail.manifests_left + " more manifests in the record", "hint"));
    }
    panel.hidden = false;
    panel.scrollTop = 0;
    state.open = String(index);
    keep();
  };
  const shut = () => { by("detail").hidden = true; state.open = ""; keep(); by("scroll").focus(); };
  by("detail").addEventListener("keydown", (event) => { if (event.key === "Escape") shut(); });

  // ---- filters, and the address that holds them

  const show = () => {
    for (const name of ["q", "origin", "assurance", "flag", "error"]) by(name).value = state[name];
    document.querySelectorAll("#table th").forEach((th, i) => {
      const sorted = COLUMNS[i].name === state.sort;
      th.setAttribute("aria-sort", sorted ? (state.desc ? "descending" : "ascending") : "none");
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
    show();
    select();
    const index = state.open === "" ? -1 : Number(state.open);
    if (Number.isInteger(index) && index >= 0 && index < rows.length) open(index);
  };
  const options = (id, column, split) => {
    const found = new Set();
    for (const row of rows) for (const value of split ? word(row, column).split(",") : [word(row, column)]) if (value) found.add(value);
    for (const value of [...found].sort()) {
      const option = make("option", spoken(value));
      option.value = value;
      by(id).append(option);
    }
  };
  let pending = 0;
  by("q").addEventListener("input", () => { clearTimeout(pending); pending = setTimeout(() => change({ q: by("q").value }), 120); });
  for (const name of ["origin", "assurance", "flag", "error"]) by(name).addEventListener("change", () => change({ [name]: by(name).value }));
  by("filters").addEventListener("submit", (event) => { event.preventDefault(); change({ q: by("q").value }); });
  by("reset").addEventListener("click", () => change({ ...STATE }));
  window.addEventListener("hashchange", () => { if (location.hash !== "#files") arrive(); });

  // ---- totals, charts, runs

  const total = (name, value, kind) => {
    const made = make("div", null, kind);
    made.append(make("dt", name), make("dd", number.format(value)));
    by("totals").append(made);
  };
  const bar = (files, hit, most) => {
    const svg = drawn("svg", { viewBox: "0 0 100 10", preserveAspectRatio: "none", height: "12", "aria-hidden": "true" });
    const width = (n) => (n ? Math.max(0.8, (100 * n) / most) : 0);
    svg.append(drawn("rect", { class: "all-bar", x: 0, y: 0, height: 10, width: width(files) }), drawn("rect", { class: "hit-bar", x: 0, y: 0, height: 10, width: width(hit) }));
    return svg;
  };
  const bars = (chart) => {
    const made = make("div", null, "chart");
    made.append(make("h3", chart.title));
    const most = Math.max(...chart.rows.map((r) => r[1]));
    const items = make("ul");
    for (const [label, files, hit] of chart.rows) {
      const button = make("button");
      button.type = "button";
      const name = make("span", chart.column === "origin" ? spoken(label) : label, "name");
      name.title = label;
      button.append(name, bar(files, chart.column === "error" ? files : hit, most), make("span", number.format(files), "count"));
      button.setAttribute("aria-label", label + ": " + number.format(files) + " files, " + number.format(hit) + " flagged");
      button.addEventListener("click", () => { change({ ...STATE, [chart.column]: label }); by("files").scrollIntoView(); });
      const item = make("li");
      item.append(button);
      items.append(item);
    }
    made.append(items);
    if (chart.left) made.append(make("p", number.format(chart.left) + " more, not drawn", "hint"));
    return made;
  };
  const columns = (chart) => {
    const made = make("div", null, "chart");
    made.append(make("h3", chart.title));
    const most = Math.max(...chart.rows.map((r) => r[1]));
    const step = 100 / chart.rows.length;
    const svg = drawn("svg", { viewBox: "0 0 100 100", preserveAspectRatio: "none", class: "columns", "aria-hidden": "true" });
    const table = make("table", null, "unseen");
    table.append(make("caption", chart.title));
    chart.rows.forEach(([label, files, hit], i) => {
      const group = drawn("g", {});
      const title = drawn("title", {});
      title.textContent = label + ": " + number.format(files) + " files, " + number.format(hit) + " flagged";
      for (const [value, name] of [[files, "all-bar"], [hit, "hit-bar"]]) {
        const height = value ? Math.max(1, (100 * value) / most) : 0;
        group.append(drawn("rect", { class: name, x: i * step + step * 0.1, width: Math.min(step * 0.8, 8), y: 100 - height, height }));
      }
      group.append(title);
      group.addEventListener("click", () => { change({ ...STATE, [chart.column]: label }); by("files").scrollIntoView(); });
      svg.append(group);
      const row = make("tr");
      row.append(make("th", label), make("td", files), make("td", hit));
      table.append(row);
    });
    const axis = make("div", null, "axis");
    axis.append(make("span", chart.rows[0][0]), make("span", "at most " + number.format(most) + " a month"), make("span", chart.rows.length > 1 ? chart.rows[chart.rows.length - 1][0] : ""));
    made.append(svg, axis, table);
    if (chart.left) made.append(make("p", number.format(chart.left) + " earlier or later months, not drawn", "hint"));
    return made;
  };
  const run = (r) => {
    const made = make("div", null, "chart"), e = r.environment;
    made.append(make("h3", "Run " + r.id + ": " + r.state));
    made.append(pairs([
      ["begun", r.started], ["ended", r.finished], ["validation time", e.validation_time], ["tool", e.tool + ", " + e.sdk],
      ["network", e.network], ["policy", (e.policy.name || "(no name)") + ", SHA-256 " + e.policy.sha256],
      ["workers confined by", r.confined], ["NOT confined by", r.unconfined],
    ]));
    if (e.trust_lists.length) {
      const table = make("table"), head = make("tr"), lines = make("tbody");
      for (const name of ["List", "Tier", "Purpose", "Date", "Entries", "SHA-256"]) head.append(make("th", name));
      for (const l of e.trust_lists) {
        const row = make("tr");
        for (const value of [l.name, l.tier, l.purpose, l.date, l.count, l.sha256]) row.append(make("td", value));
        lines.append(row);
      }
      table.append(make("caption", "Trust lists in force", "unseen"), head, lines);
      made.append(table);
    }
    return made;
  };

  by("scope").textContent = data.scope;
  const t = data.totals;
  total("files", t.files);
  total("flagged", t.flagged, "hit");
  total("with a credential", t.credentials);
  total("could not be examined", t.errors, t.errors ? "hit" : "");
  for (const chart of data.charts) if (chart.rows.length) by("charts").append(chart.over_time ? columns(chart) : bars(chart));
  for (const r of data.runs) by("runs").append(run(r));
  if (data.cut) { by("cut").textContent = data.cut; by("cut").hidden = false; }
  const head = document.querySelector("#table thead tr");
  for (const column of COLUMNS) {
    const th = make("th"), button = make("button", column.title);
    th.scope = "col";
    button.type = "button";
    button.addEventListener("click", () => change({ sort: column.name, desc: state.sort === column.name && !state.desc ? "1" : "" }));
    if (column.number) th.className = "number";
    th.append(button);
    head.append(th);
  }
  options("origin", ORIGIN, false);
  options("assurance", ASSURANCE, false);
  options("flag", FLAGGED, true);
  options("error", ERROR, false);
  arrive();
})();
