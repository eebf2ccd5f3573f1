"use strict";
// What all pages share. Texts reach a page as text only: nothing here makes markup of a string.
const shared = (() => {
  // The elements and attributes that page/nodes.py makes; anything else is refused.
  const TAGS = new Set("article caption code dd details div dl dt footer h1 h2 h3 h4 header li ol p section span strong summary table tbody td th thead time tr ul".split(" "));
  const ATTRIBUTES = new Set(["class", "id", "lang", "role", "scope", "aria-label", "aria-labelledby"]);
  const SVG = "http://www.w3.org/2000/svg";
  const number = new Intl.NumberFormat("en");

  const make = (tag, text, name) => {
    const element = document.createElement(tag);
    if (text !== undefined && text !== null) element.textContent = text;
    if (name) element.className = name;
    return element;
  };
  const drawn = (tag, attributes) => {
    const element = document.createElementNS(SVG, tag);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    return element;
  };
  // A node of page/nodes.py: a text, a list of tag, attributes and children, or the number of one.
  const build = (node, pool) => {
    const found = typeof node === "number" ? pool[node] : node;
    if (typeof found === "string") return document.createTextNode(found);
    const [tag, attributes, ...children] = found;
    if (!TAGS.has(tag)) throw new Error("not an element of these pages: " + tag);
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (!ATTRIBUTES.has(name)) throw new Error("not an attribute of these pages: " + name);
      element.setAttribute(name, value);
    }
    element.append(...children.map((child) => build(child, pool)));
    return element;
  };
  // A text that is cut in the middle where it does not fit: its end always shows. Of a path that is
  // the name of the file, where that fits into `room` characters.
  const TAIL = 18;
  const cut = (text, room = 0) => {
    const points = Array.from(text.length > 400 ? text.slice(0, 200) + text.slice(-200) : text);
    const own = points.length - Math.max(points.lastIndexOf("/"), points.lastIndexOf("\\"));
    const tail = own < room - 3 ? Math.max(own, TAIL / 2) : TAIL;
    let at = Math.max(0, points.length - tail);
    while (at > 0 && /\p{M}/u.test(points[at])) at -= 1;
    const made = make("span", null, "cut");
    made.append(make("span", points.slice(0, at).join(""), at > 4 ? "start long" : "start"), make("span", points.slice(at).join(""), "end"));
    return made;
  };
  const bytes = (size) => {
    if (size === null || size === undefined) return "";
    const units = ["B", "KiB", "MiB", "GiB", "TiB"];
    let step = 0;
    while (size >= 1024 && step < 4) { size /= 1024; step += 1; }
    return (step && size < 10 ? size.toFixed(1) : Math.round(size)) + " " + units[step];
  };
  const spoken = (text) => text.replaceAll("_", " ").replaceAll(",", ", ");
  return { make, drawn, build, cut, bytes, spoken, number };
})();
