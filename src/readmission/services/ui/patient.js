// The patient form: searching a diagnosis, marking what is assumed, asking, and greying an answer that no longer fits.
(function () {
  const fold = (text) => text.toLowerCase().normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/[^a-z0-9.+]+/g, " ").trim();
  const form = () => document.getElementById("patient-form");
  const texts = () => JSON.parse(form().dataset.texts);
  const fieldOf = (element) => element.closest && element.closest("#patient-form .field");
  const lists = {}, loadings = {}; // by coding system; an entry: code, label, codes, folded name, folded terms, words
  const system = () => (document.querySelector("#diagnosis_system input:checked") || { value: "icd9cm" }).value;
  const entries = () => lists[system()] || [];
  let answered = null; // what the shown answer was asked for
  let asking = 0;
  let pending = null;  // what was asked and is not answered yet
  const ICD10 = /^[a-z][0-9][0-9a-z](\.?[0-9a-z]{1,4})?$/;
  const LONGEST = 64;  // of an answer that is no code: enough to refuse it

  function loadList() {
    const of = system();
    loadings[of] = loadings[of] || fetch(`patient/diagnoses?system=${of}`).then((answer) => answer.json()).then((rows) => {
      lists[of] = rows.map(([code, shown, name, terms]) => {
        const folded = terms.map(fold);
        return { code, label: `${shown} · ${name}`, codes: [code, shown].map((each) => each.toLowerCase()), name: fold(name), terms: folded,
                 words: `${fold(name)} ${folded.join(" ")}`.split(" ") };
      });
    }).catch(() => { loadings[of] = null; });
    return loadings[of];
  }

  // Lower is better; null: no match. A code or name that is exactly what was typed always comes first.
  function rank(entry, typed) {
    if (entry.codes.includes(typed)) return 0;
    if (entry.terms.includes(typed) || entry.name === typed) return 1;
    if (entry.codes.some((code) => code.startsWith(typed))) return 2;
    if (entry.name.startsWith(typed)) return 3;
    if (entry.terms.some((term) => term.startsWith(typed))) return 4;
    const parts = typed.split(" ");
    return parts.every((part) => entry.words.some((word) => word.startsWith(part))) ? 5 : null;
  }

  function search(text) {
    const typed = fold(text), list = entries();
    if (!typed) return list.slice(0, 12).map((entry) => ({ entry, at: 9 }));
    const found = [];
    for (const entry of list) {
      const at = rank(entry, typed);
      if (at !== null) found.push({ entry, at });
    }
    // A finer code of a listed one (I50.9 of I50) is that one; what is shown says so.
    if (!found.length && system() === "icd10cm" && ICD10.test(typed)) {
      const plain = typed.replace(".", "");
      return list.filter((entry) => plain.startsWith(entry.codes[0])).map((entry) => ({ entry, at: 0 }));
    }
    // A finer code of a listed category (428.0) is that category; what is shown says so.
    if (!found.length && system() === "icd9cm" && /^[0-9ve][0-9]{1,3}\.[0-9]{1,2}$/.test(typed)) {
      const head = typed.split(".")[0].replace(/^0+/, "");
      return list.filter((entry) => entry.code.toLowerCase() === head).map((entry) => ({ entry, at: 0 }));
    }
    return found.sort((one, other) => one.at - other.at).slice(0, 30);
  }

  // ---- the list of a diagnosis
  function show(field, found) {
    const input = field.querySelector("input"), box = field.querySelector("[role=listbox]");
    box.replaceChildren(...found.map(({ entry }, number) => {
      const row = document.createElement("li");
      row.id = `${box.id}-${number}`;
      row.setAttribute("role", "option");
      row.dataset.code = entry.code;
      row.textContent = entry.label;
      return row;
    }));
    box.hidden = !found.length;
    input.setAttribute("aria-expanded", String(found.length > 0));
    mark(field, found.length && input.value.trim() ? 0 : -1);
    say(field, found.length || !input.value.trim() ? "" : texts().nothing);
  }
  function mark(field, number) {
    const rows = [...field.querySelectorAll("[role=option]")], input = field.querySelector("input");
    rows.forEach((row, at) => row.setAttribute("aria-selected", String(at === number)));
    if (rows[number]) {
      input.setAttribute("aria-activedescendant", rows[number].id);
      rows[number].scrollIntoView({ block: "nearest" });
    } else input.removeAttribute("aria-activedescendant");
  }
  const marked = (field) => [...field.querySelectorAll("[role=option]")].findIndex((row) => row.getAttribute("aria-selected") === "true");
  function close(field) {
    const box = field.querySelector("[role=listbox]"), input = field.querySelector("input");
    box.hidden = true;
    box.replaceChildren();
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }
  function choose(field, code) {
    const entry = entries().find((each) => each.code === code);
    field.dataset.value = code;
    field.querySelector("input").value = entry.label;
    close(field);
    say(field, "");
    touched(field);
  }
  // Leaving the field: only what was typed exactly is taken; anything else is said beside the field, and not sent.
  function settle(field) {
    const input = field.querySelector("input"), typed = input.value.trim();
    close(field);
    if (field.dataset.value || !typed) return;
    if (!entries().length) { loadList().then(() => { if (entries().length) settle(field); }); return; }
    const found = search(typed), exact = found.filter(({ at }) => at <= 1);
    const same = exact.filter(({ at }) => at === (exact[0] || {}).at);
    if (same.length === 1) choose(field, same[0].entry.code);
    else if (!found.length && system() === "icd10cm" && ICD10.test(fold(typed))) {
      // A whole code that the list leaves out (injuries): the page's server knows whether it means anything.
      field.dataset.value = typed.toUpperCase();
      say(field, "");
      touched(field);
    }
    else say(field, texts().choose);
  }

  // ---- fields
  function say(field, text) {
    const place = field.querySelector(".error");
    if (!place) return;
    place.textContent = text ? `⚠ ${text}` : "";
    field.classList.toggle("field-error", Boolean(text));
    const control = field.querySelector("input, select");
    if (control) control.setAttribute("aria-invalid", String(Boolean(text)));
  }
  function read(field) {
    if (field.dataset.control === "diagnosis") return field.dataset.value || field.querySelector("input").value.trim().slice(0, LONGEST);
    if (field.dataset.control === "chips") return (field.querySelector("input:checked") || { value: "" }).value;
    return field.querySelector("input, select").value.trim();
  }
  function write(field, value) {
    const input = field.querySelector("input, select");
    if (field.dataset.control === "diagnosis") {
      const entry = entries().find((each) => each.code === value);
      field.dataset.value = entry ? value : "";
      input.value = entry ? entry.label : value;
    } else if (field.dataset.control === "chips") {
      field.querySelectorAll("input").forEach((each) => { each.checked = each.value === value; });
    } else input.value = value;
    say(field, "");
  }
  const fields = () => [...form().querySelectorAll(".field")];
  const byName = (name) => document.getElementById(`field-${name}`);

  function touched(field) {
    field.classList.remove("assumed");
    say(field, "");
    follow();
    look();
  }
  // What follows from the medicines is assumed from them, until somebody says otherwise.
  function follow() {
    const drugs = ["insulin", "metformin", "glipizide", "repaglinide", "pioglitazone", "rosiglitazone"].map((name) => read(byName(name)));
    const change = byName("change"), any = byName("diabetesMed");
    if (change.classList.contains("assumed")) write(change, drugs.some((dose) => dose === "Up" || dose === "Down") ? "Ch" : "No");
    if (any.classList.contains("assumed") && read(byName("insulin"))) write(any, drugs.some((dose) => dose !== "No" && dose) ? "Yes" : "No");
  }
  function collect() {
    const values = { diagnosis_system: system() }, assumed = [];
    for (const field of fields()) {
      values[field.dataset.field] = read(field);
      if (field.classList.contains("assumed")) assumed.push(field.dataset.field);
    }
    return { values, assumed };
  }
  // How much is left to fill in, and whether the answer still fits the form.
  function look() {
    const left = fields().filter((field) => field.dataset.required && !read(field)).length;
    document.getElementById("left").textContent = left ? texts().left.replace("{count}", left) : "";
    const answer = document.getElementById("answer-body");
    if (!answer || answered === null) return;
    const stale = JSON.stringify(collect().values) !== answered;
    document.getElementById("answer").classList.toggle("stale", stale);
    document.getElementById("stale-note").hidden = !stale;
    answer.toggleAttribute("inert", stale);
  }

  // ---- asking
  async function post(path, body) {
    const answer = await fetch(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.json();
  }
  async function assess() {
    fields().filter((field) => field.dataset.control === "diagnosis").forEach(settle);
    const asked = collect();
    if (pending === JSON.stringify(asked)) return; // a second click on the same question
    pending = JSON.stringify(asked);
    const turn = ++asking, place = document.getElementById("answer-body");
    const button = document.getElementById("assess"), answer = document.getElementById("answer");
    button.setAttribute("aria-busy", "true");
    answer.classList.add("working");
    let said;
    try {
      said = await post("patient/assess", asked);
    } catch (error) {
      said = { html: `<section class="card problem" role="alert"><h2>${texts().away}</h2></section>`, problems: {}, prediction_id: "" };
    }
    if (turn !== asking) return; // another question was asked meanwhile: this answer is nobody's
    pending = null;
    button.removeAttribute("aria-busy");
    answer.classList.remove("working", "stale");
    document.getElementById("stale-note").hidden = true;
    place.removeAttribute("inert");
    place.innerHTML = said.html;
    place.dataset.prediction = said.prediction_id;
    answered = said.prediction_id ? JSON.stringify(asked.values) : null;
    for (const field of fields()) say(field, said.problems[field.dataset.field] || "");
    const details = form().querySelector("details.more");
    if (details.querySelector(".field-error")) details.open = true;
    look();
    const first = form().querySelector(".field-error input, .field-error select");
    if (first) first.focus();
    else if (innerWidth < 900) answer.scrollIntoView({ behavior: "smooth" });
  }
  function setSystem(value) {
    document.querySelectorAll("#diagnosis_system input").forEach((each) => { each.checked = each.value === value; });
  }
  // A code means something else in the other system: what was chosen goes.
  function changeSystem() {
    fields().filter((field) => field.dataset.control === "diagnosis").forEach((field) => { close(field); write(field, ""); });
    loadList();
    look();
  }
  function clear() {
    asking += 1;
    pending = null;
    setSystem(document.getElementById("diagnosis_system").dataset.default);
    for (const field of fields()) {
      write(field, field.dataset.assumed);
      field.classList.toggle("assumed", field.dataset.assumed !== "");
    }
    answered = null;
    const answer = document.getElementById("answer"), body = document.getElementById("answer-body");
    answer.classList.remove("stale", "working");
    document.getElementById("stale-note").hidden = true;
    body.removeAttribute("inert");
    body.innerHTML = document.getElementById("waiting").innerHTML;
    document.getElementById("assess").removeAttribute("aria-busy");
    look();
    document.getElementById("control-age").focus();
  }
  async function example(key) {
    const values = await (await fetch(`patient/examples/${key}`)).json();
    setSystem(values.diagnosis_system);
    await loadList();
    for (const field of fields()) {
      write(field, values[field.dataset.field]);
      field.classList.remove("assumed");
    }
    look();
    await assess();
  }
  async function feedback(verdict) {
    const body = document.getElementById("answer-body"), box = document.getElementById("feedback");
    const note = document.getElementById("feedback-note"), decided = box.querySelector("[name=decided]:checked");
    const said = { prediction_id: body.dataset.prediction, verdict };
    if (verdict === "override") Object.assign(said, { reason: box.querySelector("textarea").value, decided: decided ? decided.value : null });
    if (box.getAttribute("aria-busy")) return; // a second click
    box.setAttribute("aria-busy", "true");
    let answer;
    try { answer = await post("patient/feedback", said); } catch (error) { answer = { stored: false, text: texts().away }; }
    box.removeAttribute("aria-busy");
    const line = document.createElement("p");
    line.className = `note ${answer.stored ? "good" : "bad"}`;
    line.setAttribute("role", answer.stored ? "status" : "alert");
    line.textContent = `${answer.stored ? "✓ " : ""}${answer.text}`;
    note.replaceChildren(line);
    if (answer.stored) box.querySelector(".override").hidden = true;
  }

  // ---- events, on the document: Gradio puts the form in and out of the page as it likes
  document.addEventListener("input", (event) => {
    if (event.target.name === "diagnosis_system") { changeSystem(); return; }
    const field = fieldOf(event.target);
    if (!field) return;
    if (field.dataset.control === "diagnosis") {
      field.dataset.value = "";
      loadList().then(() => { if (document.activeElement === event.target) show(field, search(event.target.value)); });
      look();
    } else touched(field);
  });
  document.addEventListener("focusin", (event) => {
    if (fieldOf(event.target)) loadList();
  });
  document.addEventListener("focusout", (event) => {
    const field = fieldOf(event.target);
    if (field && field.dataset.control === "diagnosis") settle(field);
  });
  document.addEventListener("pointerdown", (event) => {
    const row = event.target.closest && event.target.closest("#patient-form [role=option]");
    if (row) event.preventDefault(); // the field keeps the focus
  });
  document.addEventListener("click", (event) => {
    const at = (selector) => event.target.closest && event.target.closest(selector);
    const row = at("#patient-form [role=option]");
    if (row) choose(fieldOf(row), row.dataset.code);
    else if (at("[data-example]")) example(at("[data-example]").dataset.example);
    else if (at("#reset")) clear();
    else if (at("#assess-again")) assess();
    else if (at("#agree")) feedback("agree");
    else if (at("#disagree")) { document.querySelector("#feedback .override").hidden = false; document.querySelector("#feedback [name=decided]").focus(); }
    else if (at("#send-override")) feedback("override");
    else if (at("[data-goto]")) { event.preventDefault(); const field = byName(at("[data-goto]").dataset.goto); field.querySelector("input, select").focus(); field.scrollIntoView({ block: "center" }); }
  });
  document.addEventListener("keydown", (event) => {
    const field = fieldOf(event.target);
    if (!field || field.dataset.control !== "diagnosis") return;
    const count = field.querySelectorAll("[role=option]").length, at = marked(field), open = count > 0;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!open) loadList().then(() => show(field, search(event.target.value)));
      else mark(field, (at + (event.key === "ArrowDown" ? 1 : -1) + count) % count);
    } else if (event.key === "Enter") {
      if (open && at >= 0) { event.preventDefault(); choose(field, field.querySelectorAll("[role=option]")[at].dataset.code); }
      else if (event.target.value.trim() && !field.dataset.value) { event.preventDefault(); settle(field); }
    } else if (event.key === "Escape" && open) { event.preventDefault(); close(field); }
  });
  document.addEventListener("submit", (event) => {
    if (event.target.id === "patient-form") { event.preventDefault(); assess(); }
  });
})();
