// Small help on every page; each page works without it.
(function () {
  "use strict";

  // A second press while the first answer is on its way is not sent. The server is safe without this, too.
  document.addEventListener("submit", function (event) {
    const form = event.target;
    if (!form.matches("[data-once]")) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    setTimeout(function () { delete form.dataset.sent; }, 8000);
  });
  window.addEventListener("pageshow", function () {
    document.querySelectorAll("[data-sent]").forEach(function (form) { delete form.dataset.sent; });
  });

  document.querySelectorAll("[data-copy]").forEach(function (button) {
    if (!navigator.clipboard) return;
    button.hidden = false;
    button.addEventListener("click", function () {
      navigator.clipboard.writeText(button.dataset.copy).then(function () { button.textContent = "Tersalin"; });
    });
  });

  document.querySelectorAll("[data-print]").forEach(function (button) {
    button.hidden = false;
    button.addEventListener("click", function () { window.print(); });
  });

  const warning = document.querySelector("[data-session-seconds]");
  if (warning) {
    const ahead = 120;
    let timer;
    const start = function () {
      warning.hidden = true;
      clearTimeout(timer);
      timer = setTimeout(function () { warning.hidden = false; }, (warning.dataset.sessionSeconds - ahead) * 1000);
    };
    warning.querySelector("[data-session-stay]").addEventListener("click", function () {
      fetch(window.location.href, { credentials: "same-origin" }).then(start);
    });
    start();
  }
})();
