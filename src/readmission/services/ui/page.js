// Runs before Gradio: the page's own language and its one, light look, whatever the browser prefers.
(function () {
  const language = "__LANGUAGE__";
  document.documentElement.lang = language;
  for (const name of ["language", "languages"]) {
    const value = name === "language" ? language : [language];
    Object.defineProperty(navigator, name, { get: () => value, configurable: true });
  }
  const matchMedia = window.matchMedia.bind(window);
  window.matchMedia = (query) => matchMedia(query.includes("prefers-color-scheme: dark") ? "not all" : query);
})();
