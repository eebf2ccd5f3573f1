// The talk with the service. A busy service is waited for; what it refuses is an error of that file.
const service = (() => {
  class Refused extends Error { // this file has no answer, and asking again would not change that
    constructor(code, message) { super(message); this.code = code; }
  }
  class Locked extends Error {} // the service wants its token, or another one
  class Gone extends Error {} // nobody answers
  const LONGEST = 60, SHORTEST = 0.2, USUAL = 1; // seconds to wait for a busy service
  const TRIES = 3; // of a file whose sending was broken off, or was too slow for the service
  let token = "", until = 0;

  const later = (seconds) => new Promise((done) => { setTimeout(done, seconds * 1000); });
  const about = async () => {
    let answer;
    try {
      answer = await fetch("v1/service", { cache: "no-store", credentials: "omit", redirect: "error" });
      return await answer.json();
    } catch (error) { throw new Gone(); }
  };
  const address = (name, options) => {
    const asked = new URLSearchParams({ view: "page", name });
    if (options.policy) asked.set("policy", options.policy);
    for (const key of ["archives", "personal_data", "signed"]) if (options[key]) asked.set(key, "true");
    return "v1/verify?" + asked;
  };
  const said = async (answer) => {
    try {
      const { title, detail } = JSON.parse(await answer.text());
      return [title, detail].filter((text) => typeof text === "string" && text).join(": ").slice(0, 1000);
    } catch (error) { return ""; }
  };
  // The network fails in the same way where a file cannot be read: so its two ends are looked at.
  const readable = async (file) => {
    try {
      await file.slice(0, 1).arrayBuffer();
      await file.slice(-1).arrayBuffer();
      return true;
    } catch (error) { return false; }
  };
  // `busy` is told how many seconds the service asks for; a wait holds for all files alike.
  const verify = async (file, name, options, busy) => {
    for (let tries = 1; ; ) {
      while (until > Date.now()) await later((until - Date.now()) / 1000 + 0.01);
      let answer, body;
      try {
        const headers = { "Content-Type": "application/octet-stream" };
        if (token) headers.Authorization = "Bearer " + token;
        answer = await fetch(address(name, options), { method: "POST", body: file, headers, cache: "no-store", credentials: "omit", redirect: "error" });
        if (answer.ok) body = await answer.text();
      } catch (error) {
        if (!(await readable(file))) throw new Refused("asset.unreadable", "the browser could not read this file: it was moved, changed or locked after it was added");
        await about(); // throws where nobody answers
        if (tries === TRIES) throw new Refused("asset.unreadable", "the connection was lost each time that this file was sent");
        tries += 1;
        until = Math.max(until, Date.now() + USUAL * 1000);
        continue;
      }
      if (answer.ok) {
        try { return JSON.parse(body); } catch (error) { throw new Refused("worker.record", "the answer of the service cannot be read"); }
      }
      if (answer.status === 429 || answer.status === 503) {
        const wanted = parseInt(answer.headers.get("Retry-After"), 10);
        const seconds = Number.isNaN(wanted) ? USUAL : Math.min(LONGEST, Math.max(SHORTEST, wanted));
        until = Math.max(until, Date.now() + seconds * 1000);
        busy(seconds);
        continue;
      }
      if (answer.status === 401) throw new Locked();
      if (answer.status === 408 && tries < TRIES) { tries += 1; continue; }
      const reason = (await said(answer)) || "the service answered with status " + answer.status;
      throw new Refused(answer.status === 413 ? "asset.too_large" : "internal.fault", reason);
    }
  };
  return { about, verify, unlock: (value) => { token = value; }, Refused, Locked, Gone };
})();
