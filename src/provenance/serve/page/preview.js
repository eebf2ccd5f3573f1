// The picture of a file, for those who ask for it: one at a time, blurred and grey, and clear only
// while a button, a key or the picture itself is held down. The file is the one that the browser
// holds; nothing is asked of the service, and the address of the picture is revoked at the end.
const preview = (() => {
  const { make } = shared;
  const KINDS = {
    image: { ask: "Show the picture", hold: "Hold to see it clearly", tag: "img" },
    video: { ask: "Show the first frame", hold: "Hold to see it clearly", tag: "video" },
    audio: { ask: "Offer the sound", hold: "Hold to listen", tag: "audio" },
  };
  let address = "", open = null; // what ends everything that listens for the open picture

  const end = () => {
    if (open) open.abort();
    if (address) URL.revokeObjectURL(address);
    open = null;
    address = "";
  };
  const button = (text) => {
    const made = make("button", text);
    made.type = "button";
    return made;
  };
  // Call `begin` when an element is pressed and `finish` when it no longer is, however that ends.
  const held = (element, signal, begin, finish) => {
    let down = false;
    const start = () => { if (!down) { down = true; element.classList.add("down"); begin(); } };
    const stop = () => { if (down) { down = false; element.classList.remove("down"); finish(); } };
    const listen = (target, name, act) => target.addEventListener(name, act, { signal });
    listen(element, "pointerdown", (event) => {
      if (event.button !== 0) return;
      element.setPointerCapture(event.pointerId);
      start();
    });
    listen(element, "keydown", (event) => {
      if (event.key !== " " && event.key !== "Enter") return;
      event.preventDefault();
      start();
    });
    for (const name of ["pointerup", "pointercancel", "lostpointercapture", "keyup", "blur"]) listen(element, name, stop);
    for (const name of ["contextmenu", "dragstart"]) listen(element, name, (event) => event.preventDefault());
    listen(window, "blur", stop);
    listen(document, "visibilitychange", stop);
    signal.addEventListener("abort", stop);
  };
  const controls = (video, signal) => { // the browser's own controls would have a switch for sound
    const play = button("Play without sound"), at = make("input");
    Object.assign(at, { type: "range", min: "0", max: "1", step: "any", value: "0" });
    at.setAttribute("aria-label", "Position in the video");
    play.addEventListener("click", () => { if (video.paused) video.play().catch(() => {}); else video.pause(); });
    at.addEventListener("input", () => { video.currentTime = Number(at.value); });
    video.addEventListener("loadedmetadata", () => { if (Number.isFinite(video.duration)) at.max = String(video.duration); });
    video.addEventListener("timeupdate", () => { at.value = String(video.currentTime); });
    for (const name of ["play", "pause"]) video.addEventListener(name, () => { play.textContent = video.paused ? "Play without sound" : "Pause"; });
    signal.addEventListener("abort", () => video.pause());
    return [play, at];
  };
  const show = (place, file, kind) => {
    end();
    open = new AbortController();
    address = URL.createObjectURL(file);
    const { signal } = open, media = make(kind.tag), hold = button(kind.hold), hide = button("Hide it again");
    const frame = make("div", null, "frame veiled"), row = make("p", null, "buttons");
    const problem = make("p", "This browser cannot show this kind of file.", "hint");
    problem.hidden = true;
    row.append(hold);
    if (kind.tag !== "img") {
      media.muted = media.defaultMuted = true;
      media.preload = kind.tag === "video" ? "auto" : "metadata";
    }
    const veil = () => frame.classList.add("veiled"), clear = () => frame.classList.remove("veiled");
    if (kind.tag === "audio") {
      held(hold, signal, () => { media.muted = false; media.play().catch(() => {}); }, () => { media.pause(); media.muted = true; });
    } else {
      media.draggable = false;
      frame.append(media);
      for (const one of [hold, frame]) held(one, signal, clear, veil);
    }
    if (kind.tag === "img") media.alt = "The picture, blurred until it is held down";
    if (kind.tag === "video") {
      media.playsInline = media.disablePictureInPicture = media.disableRemotePlayback = true;
      media.setAttribute("aria-label", "The video, without sound, blurred until it is held down");
      media.addEventListener("volumechange", () => { media.muted = true; });
      row.append(...controls(media, signal));
    }
    media.addEventListener("error", () => { if (!signal.aborted) { problem.hidden = false; frame.hidden = row.hidden = true; } });
    media.src = address;
    row.append(hide);
    hide.addEventListener("click", () => { end(); offer(place, file, kind).focus(); });
    if (kind.tag === "audio") place.replaceChildren(media, row, problem); else place.replaceChildren(frame, row, problem);
    hold.focus();
  };
  const offer = (place, file, kind) => {
    const ask = button(kind.ask);
    ask.addEventListener("click", () => show(place, file, kind));
    place.replaceChildren(ask);
    return ask;
  };
  // Return an element that offers a file by its media type; null for what is neither picture nor sound.
  const of = (file, type) => {
    const kind = Object.hasOwn(KINDS, type.split("/")[0]) ? KINDS[type.split("/")[0]] : null;
    if (!kind) return null;
    const place = make("div", null, "preview");
    if (file) offer(place, file, kind);
    else place.append(make("p", "It is inside another file, so this page cannot show it.", "hint"));
    return place;
  };
  return { of, end };
})();
