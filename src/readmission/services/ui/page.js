// Runs before Gradio: the page's own language and its one, light look, whatever the browser prefers.
(function () {
  const language = "__LANGUAGE__";
  document.documentElement.lang = language;
  for (const name of ["language", "languages"]) {
    const value = name === "language" ? language : [language];
    Object.defineProperty(navigator, name, { get: () => value, configurable: true });
  }
  // Typing into a field replaces what it holds, as in any form that is filled in by keyboard.
  document.addEventListener("focusin", (event) => {
    if (event.target.matches("input[role=combobox], input[type=number]")) event.target.select();
  });
  const matchMedia = window.matchMedia.bind(window);
  window.matchMedia = (query) => matchMedia(query.includes("prefers-color-scheme: dark") ? "not all" : query);
})();
