// Runs before Gradio: the page's own language, whatever the browser prefers.
(function () {
  const language = "__LANGUAGE__";
  document.documentElement.lang = language;
  for (const name of ["language", "languages"]) {
    const value = name === "language" ? language : [language];
    Object.defineProperty(navigator, name, { get: () => value, configurable: true });
  }
  // Typing into a field replaces what it holds, as in any form that is filled in by keyboard.
  document.addEventListener("focusin", (event) => {
    if (event.target.matches("input[role=combobox], input[inputmode=numeric]")) event.target.select();
  });
  // A page stays open for a shift: the version in its header and the banner follow the live model.
  window.lookAtLive = async () => {
    if (document.hidden) return;
    try {
      const answer = await fetch("live");
      if (!answer.ok) return;
      const shown = await answer.json();
      for (const name of ["header", "banner"]) {
        const place = document.querySelector(`#${name} .prose`), fresh = document.createElement("div");
        fresh.innerHTML = shown[name];
        if (place && place.textContent !== fresh.textContent) place.replaceChildren(...fresh.childNodes);
      }
    } catch (error) { /* the server is away: what is shown stays */ }
  };
  setInterval(window.lookAtLive, 15000);
  document.addEventListener("visibilitychange", window.lookAtLive);
})();
