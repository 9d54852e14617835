// The embeddings in the plane of their first two principal components. A lasso, or what is in view, becomes a list.
import { h, fill, button, keyButton } from "../dom.js";
import { get } from "../api.js";
import { store } from "../store.js";
import { Scatter } from "../scatter.js";
import { Paged } from "../paged.js";
import { imageBox, itemGrid } from "../items.js";
import { classInput } from "../pick.js";
import { address, go, replace } from "../router.js";
import { failure } from "../toast.js";
import { count, counted, percent } from "../format.js";

const step = 60; // px by an arrow key

export function mount(root, route) {
  const controller = new AbortController();
  let split = route.query.get("split") ?? "test";
  let points = null;
  let grid = null;
  const says = h("p", { class: "lead" }, "Placing the items …");
  const tip = h("div", { class: "tip", hidden: true, "aria-hidden": "true" });
  const place = h("div", { class: "map-place" });
  const listPlace = h("aside", { class: "selection", "aria-label": "Selected items", hidden: true });
  const keys = [];
  const scatter = new Scatter({ hover, open, select });
  const splits = ["test", "train"].map(name => button(`${name} (${count(store.run.counts[name])})`, () => { split = name; load(); }, { dataset: { split: name } }));
  const lasso = keyButton("Lasso", "l", toggleLasso, { "aria-pressed": "false", title: "Draw around points; Shift and a drag does so too" });
  const classPlace = h("span", {});
  root.append(h("div", { class: "view-head" }, h("div", { class: "title-row" }, h("h1", {}, "Map"), says),
    h("div", { class: "toolbar" }, h("span", { class: "group", role: "group", "aria-label": "Split" }, splits), lasso, keyButton("Select view", "v", () => scatter.selectView()), keyButton("Whole map", "0", () => scatter.reset()), classPlace)),
  h("div", { class: "map" }, place, listPlace));

  function load() {
    replace(address("map", null, { split: split === "test" ? null : split }));
    for (const b of splits) b.setAttribute("aria-pressed", b.dataset.split === split);
    points = null;
    hover(-1);
    fill(place, h("p", { class: "empty waiting" }, "Placing the items …"));
    select([]);
    fill(classPlace, classInput({ classes: store.run.classes[split], label: "Class to show", placeholder: "Show a class", change: c => scatter.highlight(c) }).element);
    classPlace.querySelector("input").dataset.filter = true;
    const asked = split;
    get("map", { split }, controller.signal).then(answer => {
      if (asked !== split) return;
      points = answer;
      says.textContent = `Principal components of the unit embeddings: → ${percent(points.explained[0])} of the variance, ↑ ${percent(points.explained[1])}.`;
      fill(place, scatter.element, tip, h("p", { class: "legend" }, h("span", {}, "● ", split === "test" ? "right" : "item"), split === "test" ? h("span", { class: "wrong-text" }, "× wrong nearest neighbour") : null));
      scatter.highlight(null);
      scatter.show(points);
      if (document.activeElement === document.body || document.activeElement.id === "view") scatter.element.focus({ preventScroll: true });
    }).catch(problem => {
      if (problem.name === "AbortError") return;
      says.textContent = "";
      fill(place, failure(problem));
    });
  }

  // Ids and images of single items are not part of the map; they are asked for when they are looked at.
  const known = new Map();
  async function itemsOf(indices) {
    const asked = split;
    const missing = indices.filter(i => !known.has(`${asked} ${i}`));
    if (missing.length > 0) {
      const { items } = await get("items", { split: asked, indices: missing.join(",") }, controller.signal);
      for (const item of items) known.set(`${asked} ${item.index}`, item);
    }
    return indices.map(i => known.get(`${asked} ${i}`));
  }

  function hover(i, x, y) {
    tip.hidden = i < 0 || !points;
    if (tip.hidden) return;
    const shown = `${split} ${i}`;
    if (tip.dataset.index !== shown) {
      tip.dataset.index = shown;
      const place = h("span", {});
      fill(tip, place, h("span", { class: "label" }, store.className(split, points.class[i])), points.error[i] ? h("span", { class: "wrong-text" }, "✗ wrong") : null);
      itemsOf([i]).then(([item]) => { if (tip.dataset.index === shown) fill(place, imageBox(item, 96)); }).catch(() => { /* The class stands there. */ });
    }
    tip.style.transform = `translate(${Math.min(x + 14, place.clientWidth - 130)}px, ${Math.min(y + 14, place.clientHeight - 160)}px)`;
  }

  function open(i) {
    if (split === "test") go(address("error", i));
  }

  function select(indices) {
    grid?.leave();
    grid = null;
    listPlace.hidden = indices.length === 0;
    if (indices.length > 0) {
      const source = new Paged(async (offset, limit) => ({ total: indices.length, items: await itemsOf(indices.slice(offset, offset + limit)) }), 200);
      grid = itemGrid({ items: source, label: "Selected items", size: 76, lineOf: () => "", rightOf: item => split === "test" ? !points.error[item.index] : undefined, open: item => open(item.index) });
      const wrong = indices.reduce((n, i) => n + (points.error[i] ? 1 : 0), 0);
      fill(listPlace, h("div", { class: "title-row" }, h("h2", {}, `${counted(indices.length, "item")}${split === "test" ? `, ${count(wrong)} wrong` : ""}`), h("span", { class: "end" }, button("Clear", () => scatter.clear(), { class: "quiet small" }))), grid.element);
    }
    keys.splice(0, Infinity, ...own, ...grid ? grid.keys("item").filter(key => !key.keys.some(k => k.startsWith("Arrow"))) : []);
  }

  function toggleLasso() {
    scatter.setLasso(!scatter.isLasso);
    lasso.setAttribute("aria-pressed", scatter.isLasso);
  }

  const move = (x, y) => event => {
    if (grid && event.target === grid.element) grid.setCurrent(grid.current - Math.sign(x) - (y === 0 ? 0 : Math.sign(y) * 3));
    else scatter.move(x, y);
  };
  const own = [
    { keys: ["+", "="], says: "Zoom in", run: () => scatter.zoom(1.4) },
    { keys: ["-"], says: "Zoom out", run: () => scatter.zoom(1 / 1.4) },
    { keys: ["0"], says: "The whole map", run: () => scatter.reset() },
    { keys: ["ArrowLeft"], says: "Move the map (all arrows)", run: move(step, 0) },
    { keys: ["ArrowRight"], run: move(-step, 0) },
    { keys: ["ArrowUp"], run: move(0, step) },
    { keys: ["ArrowDown"], run: move(0, -step) },
    { keys: ["l"], says: "Lasso on or off", once: true, run: toggleLasso },
    { keys: ["v"], says: "Select what is in view", once: true, run: () => points && scatter.selectView() },
    { keys: ["s"], says: "Test or training items", once: true, run: () => { split = split === "test" ? "train" : "test"; load(); } },
  ];
  load();
  return { keys, focus: scatter.element, back: () => scatter.clear(), leave: () => { controller.abort(); scatter.leave(); grid?.leave(); } };
}
