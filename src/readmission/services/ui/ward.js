// The ward list: send the file, show how far it is, a table that sorts, filters and scrolls over any number of rows.
(function () {
  const HEIGHT = 40, SPARE = 12;
  const place = () => document.getElementById("ward");
  const texts = () => JSON.parse(place().dataset.texts);
  const get = (id) => document.getElementById(id);
  let opened = 0; // how many rows were opened: only the last one's reasons are shown
  let said = null, rows = [], shown = [], problems = [], sort = { name: "risk_30d", down: true };
  const at = (name) => said.columns.indexOf(name);
  const number = (value, digits) => value.toLocaleString(said.language, { minimumFractionDigits: digits, maximumFractionDigits: digits });

  function note(text, lines) {
    const box = document.createElement("div");
    box.className = "note bad";
    box.setAttribute("role", "alert");
    box.textContent = text;
    if (lines && lines.length) {
      const list = document.createElement("ul");
      list.append(...lines.map((line) => Object.assign(document.createElement("li"), { textContent: line })));
      box.append(list);
    }
    forget();
    get("ward-summary").replaceChildren(box);
  }
  // Another list is chosen: the last one's rows must not be taken for its.
  function forget() {
    for (const id of ["ward-results", "ward-problems"]) get(id).hidden = true;
    get("ward-summary").replaceChildren();
  }
  async function score() {
    said = texts();
    const file = get("ward-input").files[0];
    if (!file) return note(said.choose);
    forget();
    get("ward-start").disabled = true;
    try {
      const answer = await fetch("ward/score", { method: "POST", headers: { "content-type": "application/octet-stream" }, body: file });
      if (!answer.ok) throw new Error(String(answer.status));
      if (!await read(answer, file.name)) note(said.away);
    } catch (error) {
      note(said.away);
    } finally {
      get("ward-start").disabled = false;
    }
  }
  // True once the end of the answer was read: rows, or why there are none.
  async function read(answer, name) {
    const reader = answer.body.getReader(), decoder = new TextDecoder();
    let text = "", ended = false;
    for (;;) {
      const { done, value } = await reader.read();
      text += decoder.decode(value || new Uint8Array(), { stream: !done });
      const lines = text.split("\n");
      text = lines.pop();
      for (const line of lines) ended = take(JSON.parse(line), name) || ended;
      if (done) return ended;
    }
  }
  function take(line, name) {
    if (line.refused) note(line.refused.text, line.refused.lines);
    else if (line.rows) show(line, name);
    else {
      const bar = document.createElement("p");
      bar.className = "quiet";
      bar.textContent = said.working.replace("{done}", number(line.done, 0)).replace("{of}", number(line.of, 0));
      get("ward-summary").replaceChildren(bar);
    }
    return Boolean(line.refused || line.rows);
  }
  function show(line, name) {
    rows = line.rows;
    problems = line.problems;
    const flagged = rows.filter((row) => row[at("decision")] === "flag").length;
    const figures = document.createElement("div");
    figures.className = "figures";
    figures.setAttribute("role", "status");
    for (const [count, text, kind] of [[rows.length, said.scored, "good"], [flagged, said.flagged, "flag"], [line.refused_rows, said.refused, line.refused_rows ? "bad" : "none"]]) {
      const box = document.createElement("div");
      box.className = `figure ${kind}`;
      box.append(Object.assign(document.createElement("b"), { textContent: number(count, 0) }), ` ${text}`);
      figures.append(box);
    }
    const list = Object.assign(document.createElement("p"), { className: "quiet", textContent: name });
    get("ward-summary").replaceChildren(list, figures);
    get("ward-results").hidden = !rows.length;
    get("ward-problems").hidden = !problems.length;
    const heads = [...get("ward-problem-table").querySelectorAll("th")].map((head) => head.textContent.trim());
    get("ward-problem-table").querySelector("tbody").replaceChildren(...problems.slice(0, 2000).map((problem) => {
      const row = document.createElement("tr");
      row.append(...problem.map((value, number) => {
        const cell = Object.assign(document.createElement("td"), { textContent: value });
        cell.dataset.title = heads[number]; // a phone shows each cell on a line of its own, under its title
        return cell;
      }));
      return row;
    }));
    document.querySelector("#ward-filter input").checked = true;
    get("ward-search").value = "";
    sort = { name: "risk_30d", down: true };
    arrange();
  }
  // ---- the table
  function arrange() {
    const band = document.querySelector("#ward-filter input:checked").value, typed = get("ward-search").value.trim().toLowerCase();
    const column = at(sort.name), order = ["low", "raised", "high", "very-high"];
    const key = sort.name === "band" ? (row) => order.indexOf(row[column]) : (row) => row[column];
    shown = rows.filter((row) => (!band || row[at("band")] === band)
      && (!typed || ["patient_nbr", "encounter_id", "row"].some((name) => String(row[at(name)] ?? "").startsWith(typed))));
    const sign = sort.down ? -1 : 1;
    shown.sort((one, other) => {
      const left = key(one), right = key(other);
      if (left === right) return one[at("row")] - other[at("row")];
      if (left === null) return 1;
      if (right === null) return -1;
      return left < right ? -sign : sign;
    });
    document.querySelectorAll("#ward-table th").forEach((head) => {
      head.setAttribute("aria-sort", head.firstElementChild.dataset.sort === sort.name ? (sort.down ? "descending" : "ascending") : "none");
    });
    get("ward-table").scrollTop = 0;
    draw();
  }
  function draw() {
    const box = get("ward-table"), first = Math.max(0, Math.floor(box.scrollTop / HEIGHT) - SPARE);
    const last = Math.min(shown.length, first + Math.ceil((box.clientHeight || 560) / HEIGHT) + 2 * SPARE);
    const body = box.querySelector("tbody");
    const space = (count) => {
      const row = document.createElement("tr"), cell = document.createElement("td");
      row.setAttribute("aria-hidden", "true");
      row.className = "space";
      cell.colSpan = said.shown.length;
      cell.style.height = `${count * HEIGHT}px`;
      row.append(cell);
      return row;
    };
    const parts = shown.slice(first, last).map((row) => draw_row(row));
    if (first) parts.unshift(space(first));
    if (last < shown.length) parts.push(space(shown.length - last));
    if (!shown.length) {
      const empty = document.createElement("tr"), cell = document.createElement("td");
      cell.colSpan = said.shown.length;
      cell.textContent = said.none;
      empty.append(cell);
      parts.push(empty);
    }
    body.replaceChildren(...parts);
  }
  function draw_row(row) {
    const line = document.createElement("tr"), band = row[at("band")];
    line.className = `band-${band}`;
    line.dataset.id = row[at("prediction_id")];
    for (const name of said.shown) {
      const cell = document.createElement("td"), value = row[at(name)];
      cell.className = `column-${name}`;
      if (name === "risk_30d") {
        const open = document.createElement("button");
        open.type = "button";
        open.className = "open";
        open.textContent = number(100 * value, 1);
        open.setAttribute("aria-label", `${number(100 * value, 1)} %, ${said.bands[band]}, ${said.patient} ${row[at("patient_nbr")] ?? row[at("row")]}`);
        cell.append(open);
      } else if (name === "band") {
        const tag = document.createElement("span");
        tag.className = "band-tag";
        tag.textContent = said.bands[band];
        cell.append(tag);
        if (row[at("warnings")].length) {
          const warning = document.createElement("span");
          warning.className = "unseen";
          warning.title = `${said.titles.warnings}: ${row[at("warnings")].map((field) => said.fields[field] || field).join(", ")}`;
          warning.textContent = " ⚠";
          cell.append(warning);
        }
      } else cell.textContent = name === "risk_any" ? number(100 * value, 1) : name === "decision" ? said.decisions[value] : value ?? "–";
      line.append(cell);
    }
    return line;
  }
  async function open(id) {
    const row = rows.find((each) => each[at("prediction_id")] === id), dialog = get("ward-reasons"), turn = ++opened;
    get("ward-who").textContent = `${said.patient} ${row[at("patient_nbr")] ?? "–"} · ${said.row} ${row[at("row")]} · ${number(100 * row[at("risk_30d")], 1)} % · ${said.bands[row[at("band")]]}`;
    get("ward-why").replaceChildren();
    dialog.showModal();
    let html = null;
    try {
      const answer = await fetch(`patient/reasons/${id}`);
      if (answer.ok) html = await answer.text();
    } catch (error) { /* said below */ }
    if (turn !== opened) return; // another row was opened meanwhile: these are not its reasons
    if (html === null) get("ward-why").textContent = said.away;
    else get("ward-why").innerHTML = html;
  }
  // ---- the download: what is shown and what could not be scored, as the language's spreadsheet reads it
  function download() {
    const comma = said.language === "es", separator = comma ? ";" : ",";
    const write = (value) => {
      const text = String(value ?? "");
      return text.includes(separator) || /["\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
    };
    const decimal = (value) => (100 * value).toFixed(2).replace(".", comma ? "," : ".");
    const spell = { risk_30d: decimal, risk_any: decimal, decision: (value) => said.decisions[value], band: (value) => said.bands[value],
                    warnings: (fields) => fields.map((field) => said.fields[field] || field).join("; ") };
    const lines = [[...said.columns.map((name) => said.titles[name]), said.titles.problem]];
    for (const row of rows) lines.push([...said.columns.map((name) => (spell[name] || String)(row[at(name)] ?? "")), ""]);
    for (const [row, field, problem, allowed] of problems) {
      lines.push([...said.columns.map((name) => (name === "row" ? row : "")), `${field} ${problem}${allowed ? ` (${allowed})` : ""}`]);
    }
    const text = "\ufeff" + lines.map((line) => line.map(write).join(separator)).join("\r\n") + "\r\n";
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
    link.download = "ward-results.csv";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }

  document.addEventListener("click", (event) => {
    const near = (selector) => event.target.closest && event.target.closest(selector);
    if (near("#ward-start")) score();
    else if (near("#ward-download")) download();
    else if (near("#ward-close")) get("ward-reasons").close();
    else if (near("#ward-table [data-sort]")) {
      const name = near("[data-sort]").dataset.sort;
      sort = { name, down: sort.name === name ? !sort.down : ["risk_30d", "risk_any", "band"].includes(name) };
      arrange();
    } else if (near("#ward-table tr[data-id]")) open(near("tr[data-id]").dataset.id);
  });
  document.addEventListener("change", (event) => {
    if (event.target.id === "ward-input") forget();
  });
  document.addEventListener("input", (event) => {
    if (event.target.id === "ward-search" || event.target.name === "ward-band") arrange();
  });
  document.addEventListener("scroll", (event) => {
    if (event.target.id === "ward-table") requestAnimationFrame(draw);
  }, true);
})();
