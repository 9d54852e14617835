// Holds no less-than sign and no ampersand: the report is also well-formed XML. All of it is in the page without a script too;
// this sorts tables, filters rows and confusions, and shows where else a sample does harm.
"use strict";
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const make = (name, text, className) => {
    const element = document.createElement(name);
    if (text) element.textContent = text;
    if (className) element.className = className;
    return element;
  };

  // Sorting: numbers from the largest, texts from A; cells without a figure stay last.
  const valueOf = (row, column) => {
    const cell = row.cells[column];
    return cell.dataset.v === undefined ? cell.textContent.trim() : Number(cell.dataset.v);
  };
  const sort = (table, head, column) => {
    const rows = all("tbody tr", table);
    const filled = rows.filter(row => valueOf(row, column) !== "");
    const numeric = filled.every(row => typeof valueOf(row, column) === "number");
    const first = numeric ? "descending" : "ascending";
    const direction = head.getAttribute("aria-sort") === first ? (numeric ? "ascending" : "descending") : first;
    const factor = direction === "ascending" ? 1 : -1;
    const compare = numeric
      ? (a, b) => valueOf(a, column) - valueOf(b, column)
      : (a, b) => String(valueOf(a, column)).localeCompare(String(valueOf(b, column)), "en", { numeric: true });
    filled.sort((a, b) => factor * compare(a, b));
    for (const other of all("thead th", table)) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", direction);
    table.tBodies[0].append(...filled, ...rows.filter(row => valueOf(row, column) === ""));
  };
  for (const table of all("table.sortable")) {
    all("thead th", table).forEach((head, column) => {
      const button = make("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => sort(table, head, column));
    });
  }

  // Filtering: rows of a table by what they say, confusions by the classes in them.
  for (const control of all(".control")) control.hidden = false;
  for (const box of all("input.filter")) {
    box.addEventListener("input", () => {
      const wanted = box.value.trim().toLowerCase();
      for (const row of all("tbody tr", document.getElementById(box.getAttribute("aria-controls")))) row.hidden = !row.textContent.toLowerCase().includes(wanted);
    });
  }
  const choice = document.getElementById("class-filter");
  if (choice) {
    const told = document.getElementById("class-filter-count");
    const apply = () => {
      const parts = all("[data-classes]");
      for (const part of parts) part.hidden = choice.value !== "" ? !part.dataset.classes.split(" ").includes(choice.value) : false;
      const articles = parts.filter(part => part.localName === "article");
      told.textContent = choice.value === "" ? "" : `${articles.filter(part => !part.hidden).length} of ${articles.length} shown`;
    };
    choice.addEventListener("change", apply);
    apply();
  }

  // Three significant digits, as the rest of the report has them.
  const superscript = n => [...String(n)].map(c => c === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[c]).join("");
  const figure = value => {
    if (value === 0) return "0";
    const [mantissa, power] = value.toExponential(2).split("e");
    const exponent = Number(power);
    const isPlain = [-3, -2, -1, 0, 1, 2, 3, 4].includes(exponent);
    return (isPlain ? value.toFixed(Math.max(0, 2 - exponent)) : `${mantissa}\u202F×\u202F10${superscript(exponent)}`).replace("-", "\u2212");
  };

  // Where else a sample does harm. Ranks are told, since sizes do not compare between confusions.
  const dialog = document.getElementById("sample");
  const show = item => {
    const sample = item.closest("[data-harm]");
    const table = make("table");
    const head = make("tr");
    for (const name of ["Confusion", "Harm", "Rank"]) head.append(make("th", name, name === "Confusion" ? "" : "number"));
    const body = make("tbody");
    const ranks = sample.dataset.rank.split(" ");
    sample.dataset.harm.split(" ").map((text, index) => ({ index, harm: Number(text), rank: Number(ranks[index]) }))
      .sort((a, b) => a.rank - b.rank)
      .forEach(entry => {
        const row = make("tr");
        const link = make("a", document.getElementById(`h${entry.index + 1}`).firstChild.textContent.trim());
        link.href = `#c${entry.index + 1}`;
        link.addEventListener("click", () => dialog.close());
        const name = make("td");
        name.append(link);
        const kind = entry.harm > 0 ? "wrong-text" : "right-text";
        row.append(name, make("td", (entry.harm > 0 ? "+" : "") + figure(entry.harm), `number ${entry.harm === 0 ? "" : kind}`), make("td", `${entry.rank} of ${dialog.dataset.count}`, "number"));
        body.append(row);
      });
    const header = make("thead");
    header.append(head);
    table.append(header, body);
    const close = make("button", "Close", "close");
    close.type = "button";
    close.addEventListener("click", () => dialog.close());
    const title = make("div", "", "asked");
    const image = sample.querySelector(".box").cloneNode();
    image.removeAttribute("tabindex");
    image.setAttribute("role", "img");
    image.classList.remove("opens");
    title.append(image, sample.querySelector(".who").cloneNode(true));
    dialog.replaceChildren(title, make("p", "Its harm in every confusion of this report, most harmful first; rank 1 is the most harmful of all training samples.", "hint"), table, close);
    dialog.showModal();
  };
  for (const image of all("[data-harm] .box")) {
    image.tabIndex = 0;
    image.setAttribute("role", "button");
    image.classList.add("opens");
    image.addEventListener("click", () => show(image));
    image.addEventListener("keydown", event => {
      if (event.key === "Enter") show(image);
    });
  }
})();
