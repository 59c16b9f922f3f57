// The verification desk: zoom, turn and single letters. Every letter is also a button; letters never fire while typing.
(function () {
  "use strict";
  const view = document.querySelector("[data-view]");
  const picture = view && view.querySelector("img");
  document.querySelectorAll("[data-needs-js]").forEach(function (part) { part.hidden = !picture; });

  if (picture) {
    const steps = [50, 75, 100, 140, 200, 280, 400];
    const turns = ["", "turn-90", "turn-180", "turn-270"];
    let zoom = Number(sessionStorage.getItem("desk-zoom") || 2);
    let turn = 0;
    const show = function () {
      picture.style.width = steps[zoom] + "%";
      sessionStorage.setItem("desk-zoom", String(zoom));
      view.classList.remove("turn-90", "turn-180", "turn-270");
      if (turns[turn]) view.classList.add(turns[turn]);
      // A turned picture keeps its old box; the margin makes room for its new height.
      const extra = turn % 2 ? Math.max(0, (picture.clientWidth - picture.clientHeight) / 2) : 0;
      picture.style.marginBlock = extra + "px";
    };
    document.querySelectorAll("[data-zoom]").forEach(function (button) {
      button.addEventListener("click", function () {
        const way = button.dataset.zoom;
        zoom = way === "fit" ? 2 : Math.min(steps.length - 1, Math.max(0, zoom + (way === "in" ? 1 : -1)));
        show();
      });
    });
    document.querySelectorAll("[data-turn]").forEach(function (button) {
      button.addEventListener("click", function () { turn = (turn + 1) % 4; show(); });
    });
    if (picture.complete) show(); else picture.addEventListener("load", show);
  }

  // A picture that does not come: say so instead of an empty frame.
  const broken = document.querySelector("[data-broken]");
  if (picture && broken) {
    const lost = function () { picture.hidden = true; broken.hidden = false; };
    if (picture.complete && !picture.naturalWidth) lost(); else picture.addEventListener("error", lost);
  }

  // Ticks stay while the verifier looks from paper to paper; they belong to this revision of this case.
  const list = document.querySelector("[data-ticks]");
  const ticks = list ? Array.from(list.querySelectorAll("input[type=checkbox]")) : [];
  if (ticks.length) {
    const place = "desk-ticks-" + list.dataset.ticks;
    const count = document.querySelector("[data-ticked]");
    const kept = (sessionStorage.getItem(place) || "").split(" ");
    const tell = function () {
      const done = ticks.filter(function (tick) { return tick.checked; });
      sessionStorage.setItem(place, done.map(function (tick) { return tick.value; }).join(" "));
      if (count) { count.hidden = false; count.textContent = done.length + " dari " + ticks.length + " dicentang"; }
    };
    ticks.forEach(function (tick) {
      if (kept.includes(tick.value)) tick.checked = true;
      tick.addEventListener("change", tell);
    });
    tell();
  }

  const box = document.querySelector("[data-keys]");
  if (!box) return;
  box.hidden = false;
  const control = box.querySelector("[data-keys-switch]");
  let on = localStorage.getItem("desk-keys") !== "off";
  const label = function () {
    control.setAttribute("aria-pressed", String(on));
    control.textContent = "Tombol huruf: " + (on ? "aktif" : "mati");
  };
  control.addEventListener("click", function () {
    on = !on;
    localStorage.setItem("desk-keys", on ? "on" : "off");
    label();
  });
  label();
  document.addEventListener("keydown", function (event) {
    if (!on || event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
    if (event.target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]")) return;
    const pressed = event.key === "=" ? "+" : event.key.toLowerCase();
    const target = Array.from(document.querySelectorAll("[data-key]")).find(function (part) {
      return part.dataset.key === pressed && !part.disabled && !part.closest("[hidden]");
    });
    if (!target) return;
    event.preventDefault();
    target.click();
  });
})();
