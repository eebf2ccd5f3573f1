"use strict";
// The report of an audit. Everything shown comes out of the data elements, and reaches the page as
// text only.
(() => {
  const { make, drawn, build, spoken, number } = shared;
  const by = (id) => document.getElementById(id);
  const read = (id) => JSON.parse(by(id).textContent);

  // ---- the rows: six values each, in the order in which the page is written

  const data = read("data-rest");
  const kinds = data.kinds.map((kind) => kind.map((n) => data.words[n]));
  const flat = read("data-rows"), total = flat.length / 6;
  const paths = new Array(total), kindOf = new Int32Array(total), detailOf = new Int32Array(total);
  const modified = new Float64Array(total), sizes = new Float64Array(total);
  for (let i = 0, before = ""; i < total; i += 1) {
    const at = i * 6;
    paths[i] = before = before.slice(0, flat[at]) + flat[at + 1];
    kindOf[i] = flat[at + 2];
    modified[i] = flat[at + 3] === null ? NaN : flat[at + 3];
    sizes[i] = flat[at + 4] === null ? -1 : flat[at + 4];
    detailOf[i] = flat[at + 5];
  }
  flat.length = 0;
  let pool = null; // read when the first file is opened
  const detail = (i) => {
    if (detailOf[i] < 0) return null;
    pool = pool || read("data-nodes");
    return build(detailOf[i], pool);
  };
  const missing = "The details of this file did not fit into this page; the ledger has the whole record.";
  const listed = listing({ paths, kindOf, kinds, modified, sizes, detail, missing, said: data.said });

  // ---- totals and charts

  const stack = (rows) => {
    const svg = drawn("svg", { viewBox: "0 0 1000 10", preserveAspectRatio: "none", "aria-hidden": "true" });
    const all = rows.reduce((sum, row) => sum + row[1], 0);
    let at = 0;
    for (const [value, files] of rows) {
      if (!files) continue;
      const width = (1000 * files) / all;
      svg.append(drawn("rect", { class: value, x: at, y: 0, height: 10, width: Math.max(2, width - 2) }));
      at += width;
      const word = by("verdict-" + value).querySelector("span:last-child"), button = make("button", word.textContent);
      button.type = "button";
      button.addEventListener("click", () => listed.choose({ origin: value }));
      word.replaceWith(button);
    }
    by("stack").append(svg);
  };
  const bar = (files, hit, most) => {
    const svg = drawn("svg", { viewBox: "0 0 100 10", preserveAspectRatio: "none", height: "12", "aria-hidden": "true" });
    const width = (n) => (n ? Math.max(0.8, (100 * n) / most) : 0);
    svg.append(drawn("rect", { class: "all-bar", x: 0, y: 0, height: 10, width: width(files) }), drawn("rect", { class: "hit-bar", x: 0, y: 0, height: 10, width: width(hit) }));
    return svg;
  };
  const bars = (chart) => {
    const made = make("div", null, "panel chart");
    made.append(make("h3", chart.title));
    const most = Math.max(...chart.rows.map((r) => r[1]));
    const items = make("ul");
    for (const [label, files, hit] of chart.rows) {
      const button = make("button"), words = chart.column === "flag" ? spoken(label) : label;
      button.type = "button";
      button.append(make("span", words, "name"), bar(files, chart.column === "error" ? files : hit, most), make("span", number.format(files), "count"));
      button.setAttribute("aria-label", words + ": " + number.format(files) + " files, " + number.format(hit) + " flagged");
      button.addEventListener("click", () => listed.choose({ [chart.column]: label }));
      const item = make("li");
      item.append(button);
      items.append(item);
    }
    made.append(items);
    if (chart.left) made.append(make("p", number.format(chart.left) + " more, not drawn", "hint"));
    return made;
  };
  const columns = (chart) => {
    const made = make("div", null, "panel chart");
    made.append(make("h3", chart.title));
    const most = Math.max(...chart.rows.map((r) => r[1])), step = 100 / chart.rows.length;
    const svg = drawn("svg", { viewBox: "0 0 100 100", preserveAspectRatio: "none", class: "columns", "aria-hidden": "true" });
    const table = make("table", null, "unseen"), box = make("div", null, "unseen");
    table.append(make("caption", chart.title));
    chart.rows.forEach(([label, files, hit], i) => {
      const group = drawn("g", {}), title = drawn("title", {});
      title.textContent = label + ": " + number.format(files) + " files, " + number.format(hit) + " flagged";
      for (const [value, kind] of [[files, "all-bar"], [hit, "hit-bar"]]) {
        const tall = value ? Math.max(1, (100 * value) / most) : 0;
        group.append(drawn("rect", { class: kind, x: i * step + step * 0.1, width: Math.min(step * 0.8, 8), y: 100 - tall, height: tall }));
      }
      group.append(title);
      group.addEventListener("click", () => listed.choose({ [chart.column]: label }));
      svg.append(group);
      const row = make("tr"), head = make("th", label);
      head.scope = "row";
      row.append(head, make("td", files), make("td", hit));
      table.append(row);
    });
    box.append(table);
    const axis = make("div", null, "axis"), last = chart.rows[chart.rows.length - 1][0];
    axis.append(make("span", chart.rows[0][0]), make("span", "at most " + number.format(most) + " a month"), make("span", chart.rows.length > 1 ? last : ""));
    made.append(svg, axis, box);
    if (chart.left) made.append(make("p", number.format(chart.left) + " earlier or later months, not drawn", "hint"));
    return made;
  };
  for (const chart of data.charts) {
    if (chart.stacked) stack(chart.rows);
    else if (chart.rows.length) by("charts").append(chart.over_time ? columns(chart) : bars(chart));
  }
  if (data.cut) { by("cut").textContent = data.cut; by("cut").hidden = false; }
  listed.begin();
})();
