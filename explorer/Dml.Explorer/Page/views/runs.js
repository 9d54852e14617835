// This run beside another: which errors one has and the other has not, class by class, with a paired test.
import { h, fill } from "../dom.js";
import { get } from "../api.js";
import { store } from "../store.js";
import { Whole } from "../paged.js";
import { VirtualList } from "../virtual.js";
import { itemGrid } from "../items.js";
import { address, go, replace } from "../router.js";
import { failure } from "../toast.js";
import { count, counted, interval, percent, points, probability } from "../format.js";

export function mount(root, route) {
  let controller = new AbortController();
  const says = h("p", { class: "lead" });
  const body = h("div", { class: "page runs-view" }, h("p", { class: "empty waiting" }, "Reading the runs …"));
  const lists = [];
  const keys = [];
  let runs = [];
  let current = "";
  let other = route.query.get("other");
  root.append(h("div", { class: "view-head" }, h("div", { class: "title-row" }, h("h1", {}, "Runs"), says)), body);

  const table = h("div", { class: "run-table", role: "group", "aria-label": "Runs beside this one" });
  const comparison = h("div", { class: "comparison" });

  get("runs", {}, controller.signal).then(answer => {
    runs = answer.runs;
    current = answer.current;
    const others = runs.filter(run => run.name !== current);
    says.textContent = others.length === 0 ? "" : `${counted(others.length, "other run")} beside this one.`;
    fill(body, table, comparison);
    drawTable();
    if (others.length === 0) fill(comparison, h("div", { class: "empty" }, h("p", {}, "There is no other run beside this one to compare it with."), h("p", { class: "hint" }, "Train a second one into the folder that holds this one; Apply in Review shows the command that does so with its relabels.csv and excludes.csv.")));
    else if (other) compare(other);
    else fill(comparison, h("p", { class: "hint" }, "Choose a run to compare this one with."));
  }).catch(problem => { if (problem.name !== "AbortError") fill(body, failure(problem)); });

  function drawTable() {
    fill(table, runs.map(run => {
      const isThis = run.name === current;
      const parts = [h("span", { class: "label" }, run.name, isThis ? h("span", { class: "chip" }, "this run") : null), h("span", { class: "hint" }, run.loss),
        h("span", { class: "number" }, `R@1 ${percent(run.recall1)}`), h("span", { class: "number hint" }, run.errors === null || run.errors === undefined ? "" : counted(run.errors, "error"))];
      return isThis ? h("div", { class: "run-row this" }, parts) : h("button", { type: "button", class: "run-row", "aria-pressed": String(run.name === other), onclick: () => compare(run.name) }, parts);
    }));
  }

  function step(by) {
    const names = runs.map(run => run.name).filter(name => name !== current);
    if (names.length > 0) compare(names[(names.indexOf(other) + by + names.length) % names.length] ?? names[0]);
  }

  async function compare(name) {
    other = name;
    replace(address("runs", null, { other }));
    controller.abort();
    controller = new AbortController();
    drawTable();
    fill(comparison, h("p", { class: "empty waiting" }, "Comparing …"));
    try {
      show(await get("compare", { other }, controller.signal));
    } catch (problem) {
      if (problem.name !== "AbortError") fill(comparison, failure(problem));
    }
  }

  function show({ recall, items, gained, lost, p, low, high, classes }) {
    for (const list of lists.splice(0)) list.leave();
    const change = recall.this - recall.other;
    const grid = (items, label) => {
      const made = itemGrid({ items, label, size: 76, empty: () => "None.", open: item => go(address("error", item.index)) });
      lists.push(made);
      return made;
    };
    const [gainedGrid, lostGrid] = [grid(gained, "Errors of this run alone"), grid(lost, `Errors of ${other} alone`)];
    const classList = classTable(classes);
    const cardOf = shown => shown.length > 0 ? "card grid-card" : "card grid-card nothing";
    fill(comparison,
      h("section", { class: "card verdict-card" }, h("div", {}, h("h2", {}, "R@1"), h("p", { class: "big number" }, `${percent(recall.this)} in this run, ${percent(recall.other)} in ${other}`)),
        h("p", {}, `This run against ${other}: ${points(change)} points on ${counted(items, "query", "queries")} that both have, above 0 in favour of this run; 95 %: ${interval(low, high)}; McNemar's exact test: ${probability(p)}. ${p < 0.05 ? "By the test that is more than chance." : "By the test that may be chance."}`)),
      h("div", { class: "columns" },
        h("section", { class: cardOf(gained) }, h("h2", { class: "wrong-text" }, `✗ ${counted(gained.length, "error")} of this run alone`), gainedGrid.element),
        h("section", { class: cardOf(lost) }, h("h2", { class: "right-text" }, `✓ ${counted(lost.length, "error")} of ${other} alone: right here`), lostGrid.element)),
      h("section", { class: cardOf(classes) }, h("h2", {}, "Errors class by class"), h("div", { class: "compare-row class-head" }, ["Class", "Items", "This run", other, "Difference"].map((t, at) => h("span", { class: at > 0 ? "number" : "" }, t))), classList.element));
  }

  function classTable(classes) {
    const list = new VirtualList({
      source: new Whole(classes), label: "Classes whose errors differ", layout: () => ({ columns: 1, height: 34 }), empty: () => "Every class has as many errors in both runs.", open: c => go(address("errors", null, { class: c.class })),
      create: () => {
        const cells = [h("span", { class: "label" }), ...Array.from({ length: 4 }, () => h("span", { class: "number" }))];
        const element = h("a", { class: "compare-row" }, cells);
        return {
          element,
          update: c => {
            const change = c.this - c.other;
            const texts = [c.name, count(c.count), count(c.this), count(c.other), change > 0 ? `▲ ${count(change)} more here` : change < 0 ? `▼ ${count(-change)} fewer here` : "equal"];
            cells.forEach((cell, at) => { cell.textContent = texts[at]; });
            cells[4].className = `number ${change > 0 ? "wrong-text" : change < 0 ? "right-text" : ""}`;
            element.href = address("errors", null, { class: c.class });
            element.setAttribute("aria-label", `${c.name}: ${counted(c.this, "error")} here, ${count(c.other)} in ${other}`);
          },
        };
      },
    });
    lists.push(list);
    return list;
  }

  // The lists take j and k while they have the focus; else these choose the other run.
  const inList = (key, otherwise) => event => {
    const list = lists.find(l => l.element === event.target);
    const found = list?.keys().find(k => k.keys.includes(key));
    if (found) found.run(event);
    else otherwise();
  };
  keys.push(
    { keys: ["j", "ArrowDown"], says: "Next run, or next item of a list", run: inList("j", () => step(1)) },
    { keys: ["k", "ArrowUp"], says: "Run or item before", run: inList("k", () => step(-1)) },
    { keys: ["ArrowRight"], run: inList("ArrowRight", () => { }) },
    { keys: ["ArrowLeft"], run: inList("ArrowLeft", () => { }) },
    { keys: ["Enter"], says: "Open the item", once: true, run: inList("Enter", () => { if (!other) step(1); }) });
  return { keys, focus: body, leave: () => { controller.abort(); for (const list of lists) list.leave(); } };
}
