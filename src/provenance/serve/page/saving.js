// What a session found, as files to keep: one row or record for each file, whatever became of it.
const saving = (() => {
  const { make } = shared;
  // A spreadsheet takes a cell for a formula by its first character. The service has put an
  // apostrophe before such a text; one that comes without is not believed (`render/csv_table.py`).
  const FORMULA = /^[^\S\t\r\n]*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20\u2212]/u;
  const cell = (value) => {
    if (typeof value === "number") return String(value);
    const text = typeof value === "string" ? value : "";
    return '"' + (FORMULA.test(text) ? "'" + text : text).replaceAll('"', '""') + '"';
  };
  const line = (cells) => given.columns.map((_, n) => cell(cells[n])).join(",") + "\r\n";
  const neutral = (text) => (FORMULA.test(text) ? "'" + text : text);
  // The record and cells of a file that has no answer, so that no file is missing in what is saved.
  const unsent = (name, size, code, message) => {
    const record = structuredClone(given.unsent.record), cells = [...given.unsent.csv];
    record.asset.path = name;
    record.asset.size = size;
    record.environment.validation_time = new Date().toISOString().replace(/\.\d+/, "");
    Object.assign(record.error, { code, message });
    const known = { path: neutral(name), size, error_code: code, error_message: message };
    for (const [column, value] of Object.entries(known)) cells[given.columns.indexOf(column)] = value === null ? "" : value;
    return { record: JSON.stringify(record), csv: cells };
  };
  const save = (parts, kind, ending) => {
    const at = new Date(), two = (n) => String(n).padStart(2, "0");
    const day = at.getFullYear() + "-" + two(at.getMonth() + 1) + "-" + two(at.getDate());
    const link = make("a"), address = URL.createObjectURL(new Blob(parts, { type: kind }));
    link.href = address;
    link.download = "provenance-" + day + "-" + two(at.getHours()) + two(at.getMinutes()) + ending;
    link.click();
    setTimeout(() => URL.revokeObjectURL(address), 60000); // a slow disk still reads it
  };
  const csv = (items) => save([line(given.columns), ...items.map((item) => line(item.csv))], "text/csv;charset=utf-8", ".csv");
  const json = (items) => {
    const parts = ["[\n"];
    items.forEach((item, n) => parts.push(n ? ",\n" : "", item.record));
    save([...parts, "\n]\n"], "application/json", ".json");
  };
  const signed = (items) => {
    const parts = items.filter((item) => item.signed).map((item) => item.signed + "\n");
    save(parts, "application/jsonl", ".signed.jsonl");
    return parts.length;
  };
  return { csv, json, signed, unsent };
})();
