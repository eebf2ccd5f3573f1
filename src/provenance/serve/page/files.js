// What is dropped, pasted or chosen, as files with the names that reports give them. A folder is
// walked one entry after the other, so that thousands of files do not freeze the page.
const incoming = (() => {
  const MOST = 1024; // characters of a name that the service takes
  const cut = (name) => {
    const points = Array.from(name);
    return points.length > MOST ? "\u2026" + points.slice(1 - MOST).join("") : name;
  };
  const own = (file) => [file, cut(file.webkitRelativePath || file.name || "pasted")];
  const asked = (entry, method) => new Promise((done, failed) => entry[method](done, failed));
  const walk = async function* (entry) {
    const path = entry.fullPath.replace(/^\//, "");
    try {
      if (entry.isFile) yield [await asked(entry, "file"), cut(path)];
      if (!entry.isDirectory) return;
      const reader = entry.createReader();
      for (;;) {
        const some = await asked(reader, "readEntries"); // some of them at a time, at the end none
        if (!some.length) return;
        for (const one of some) yield* walk(one);
      }
    } catch (error) {
      yield [null, cut(path)]; // this file or folder cannot be read
    }
  };
  const dropped = async function* (transfer) {
    // entries are there during the event only, so all are asked for before the first is awaited
    const items = [...transfer.items].filter((item) => item.kind === "file");
    const found = items.map((item) => (item.webkitGetAsEntry && item.webkitGetAsEntry()) || item.getAsFile());
    for (const one of found) {
      if (one instanceof File) yield own(one);
      else if (one) yield* walk(one);
    }
  };
  const chosen = async function* (files) { for (const file of files) yield own(file); };
  return { dropped, chosen };
})();
