// The worst classes, and what they are taken for as a matrix that opens the errors of a pair.
import { h, fill, button } from "../dom.js";
import { get } from "../api.js";
import { Whole } from "../paged.js";
import { VirtualList } from "../virtual.js";
import { Heatmap } from "../heatmap.js";
import { address, go } from "../router.js";
import { failure } from "../toast.js";
import { count, counted, percent } from "../format.js";

const columns = [["name", "Class"], ["count", "Items"], ["errors", "Errors"], ["recall", "R@1"]];
const sizes = [20, 50, 150, 500];

class Row {
  #name = h("span", { class: "label" });
  #count = h("span", { class: "number" });
  #errors = h("span", { class: "number" });
  #recall = h("span", { class: "number" });
  #bar = h("span", {});
  element = h("a", { class: "class-row" }, this.#name, this.#count, this.#errors, h("span", { class: "recall" }, this.#recall, h("span", { class: "meter", "aria-hidden": "true" }, this.#bar)));

  update(c) {
    this.#name.textContent = c.name;
    this.#count.textContent = count(c.count);
    this.#errors.textContent = count(c.errors);
    this.#recall.textContent = percent(c.recall);
    this.#bar.style.width = `${100 * (c.recall ?? 0)}%`;
    this.element.href = address("errors", null, { class: c.class });
    this.element.setAttribute("aria-label", `${c.name}: ${counted(c.errors, "error")} in ${counted(c.count, "item")}, R@1 ${percent(c.recall)}`);
  }
}

export function mount(root) {
  const controller = new AbortController();
  const says = h("p", { class: "lead" });
  const keys = [];
  const body = h("div", { class: "classes-view" }, h("p", { class: "empty waiting" }, "Counting …"));
  root.append(h("div", { class: "view-head" }, h("div", { class: "title-row" }, h("h1", {}, "Classes"), says)), body);
  let list = null;
  let heatmap = null;

  get("classes", {}, controller.signal).then(({ classes, confusion }) => {
    const wrong = classes.filter(c => c.errors > 0).length;
    says.textContent = `${count(wrong)} of ${counted(classes.length, "class", "classes")} have errors.`;
    show(classes, confusion);
  }).catch(problem => { if (problem.name !== "AbortError") fill(body, failure(problem)); });

  function show(classes, confusion) {
    let order = { by: "recall", down: false };
    const text = h("input", { type: "search", "aria-label": "Filter classes", placeholder: "Filter classes", "data-filter": true });
    text.addEventListener("input", draw);
    text.addEventListener("keydown", event => { if (event.key === "Enter") list.element.focus(); });
    const heads = columns.map(([by, name]) => button(name, () => {
      order = { by, down: order.by === by ? !order.down : by !== "name" && by !== "recall" };
      draw();
    }, { class: by === "name" ? "sort" : "sort number", dataset: { by } }));
    const listPlace = h("div", { class: "list-place" });
    const matrixPlace = h("section", { class: "matrix-place", "aria-label": "Confusions" });
    fill(body, h("section", { class: "class-table", "aria-label": "Worst classes" }, text, h("div", { class: "class-row class-head" }, heads), listPlace), matrixPlace);
    showMatrix(matrixPlace, classes, confusion);

    function draw() {
      const typed = text.value.toLowerCase();
      const value = c => c[order.by] ?? (order.down ? -Infinity : Infinity);
      const compare = (a, b) => order.by === "name" ? a.name.localeCompare(b.name, "en", { numeric: true }) : value(a) - value(b) || b.errors - a.errors;
      const found = classes.filter(c => c.name.toLowerCase().includes(typed)).sort((a, b) => order.down ? compare(b, a) : compare(a, b));
      for (const head of heads) {
        const isBy = head.dataset.by === order.by;
        head.setAttribute("aria-label", `${head.textContent}${isBy ? order.down ? ", largest first" : ", smallest first" : ""}, sort`);
        head.dataset.order = isBy ? order.down ? "down" : "up" : "";
      }
      list?.leave();
      list = new VirtualList({
        source: new Whole(found), label: "Classes", layout: () => ({ columns: 1, height: 38 }), create: () => new Row(),
        open: c => go(address("errors", null, { class: c.class })), empty: () => "No class has that in its name.",
      });
      fill(listPlace, list.element);
      keys.splice(0, Infinity, ...list.keys("class"), { keys: ["c"], says: "To the matrix", run: () => heatmap?.element.focus() });
    }

    draw();
    list.element.focus({ preventScroll: true });
  }

  function showMatrix(place, classes, confusion) {
    if (confusion.length === 0) return void fill(place, h("h2", {}, "Confusions"), h("p", { class: "hint" }, "No class is taken for another one."));
    const involved = new Map(classes.map(c => [c.class, 0]));
    for (const { class: c, neighbour, count: n } of confusion) {
      involved.set(c, (involved.get(c) ?? 0) + n);
      involved.set(neighbour, (involved.get(neighbour) ?? 0) + n / 1e6); // Rows by their errors; who only takes others comes after.
    }
    const order = [...involved].filter(([, n]) => n > 0).sort((a, b) => b[1] - a[1]).map(([c]) => c);
    const size = h("select", { "aria-label": "How many classes" }, sizes.filter((s, at) => at === 0 || sizes[at - 1] < order.length).map(s => h("option", { value: s }, s >= order.length ? `all ${count(order.length)}` : `worst ${s}`)));
    size.value = String(order.length > 20 ? Math.min(50, Number(size.options[size.options.length - 1].value)) : 20);
    const line = h("p", { class: "hint matrix-line", role: "status" }, "Arrow keys or the pointer choose a pair, Enter opens its errors.");
    const names = new Map(classes.map(c => [c.class, c.name]));
    heatmap = new Heatmap({
      name: c => names.get(c) ?? `class ${c}`,
      told: cell => { line.textContent = cell.count > 0 ? `${names.get(cell.row)} taken for ${names.get(cell.column)}: ${counted(cell.count, "error")}` : `${names.get(cell.row)} is never taken for ${names.get(cell.column)}.`; },
      open: cell => { if (cell.count > 0) go(address("errors", null, { class: cell.row, neighbour: cell.column })); },
    });
    const draw = () => heatmap.show(order.slice(0, Number(size.value)), confusion);
    size.addEventListener("change", draw);
    fill(place, h("div", { class: "title-row" }, h("h2", {}, "What is taken for what"), h("span", { class: "end" }, size)), h("p", { class: "hint" }, "Rows are the query's class, columns its nearest neighbour's; darker is more often."), heatmap.element, line);
    draw();
  }

  return { keys, leave: () => { controller.abort(); list?.leave(); heatmap?.leave(); } };
}
