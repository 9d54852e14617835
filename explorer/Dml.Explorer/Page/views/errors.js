// Queries whose nearest neighbour has another class, each with its first neighbours.
import { h, fill, button } from "../dom.js";
import { get } from "../api.js";
import { store } from "../store.js";
import { Paged } from "../paged.js";
import { VirtualList } from "../virtual.js";
import { Tile, imageBox, showImage } from "../items.js";
import { address, go, replace, parse } from "../router.js";
import { classInput } from "../pick.js";
import { count, counted, percent, distance, short } from "../format.js";

export const neighbours = 8;
const isNarrow = () => innerWidth <= 640; // as in parts.css
const sorts = [["distance", "nearest first"], ["-distance", "farthest first"], ["class", "by class"], ["neighbour", "by neighbour's class"], ["id", "by id"]];
const filters = ["class", "neighbour", "text", "min", "max", "sort"];

/** The errors that an address names. The list is remembered, so that One error can go on to the next. */
export function errorSource(query) {
  const key = filters.map(name => query.get(name) ?? "").join("|");
  const known = store.memory.get("errors");
  if (known?.key === key && !known.source.error) return known;
  const parameters = Object.fromEntries(filters.map(name => [name, query.get(name)]));
  const made = { key, place: {}, hash: address("errors", null, parameters), source: new Paged((offset, limit, signal) => get("errors", { ...parameters, offset, limit, k: neighbours }, signal), 50) };
  store.memory.set("errors", made);
  return made;
}

class Row {
  static fitting = neighbours; // Tiles that a row has room for; the others would be fetched and not seen.

  constructor() {
    this.size = isNarrow() ? 58 : 84;
    this.query = imageBox(null, this.size, "query");
    this.name = h("span", { class: "label" });
    this.id = h("span", { class: "id" });
    this.line = h("span", { class: "hint number" });
    this.tiles = Array.from({ length: neighbours }, () => new Tile(this.size));
    this.strip = h("span", { class: "strip" }, this.tiles.map(tile => tile.element));
    this.element = h("a", { class: "error-row" },
      h("span", { class: "error-query" }, this.query, h("span", { class: "who" }, this.name, this.id, this.line)), this.strip);
  }

  update(error, index, withImages) {
    const { element } = this;
    const isBrief = !withImages;
    element.classList.toggle("waiting", !error);
    this.strip.hidden = isBrief;
    showImage(this.query, error?.query, this.size, withImages);
    this.name.textContent = error?.query.className ?? "";
    this.id.textContent = error?.query.id ?? "";
    const nearest = error?.neighbours[0];
    this.line.textContent = nearest ? `at ${distance(error.distance)}` : "";
    if (!isBrief) this.tiles.forEach((tile, at) => {
      const neighbour = at < Row.fitting ? error?.neighbours[at] : null;
      tile.element.hidden = at >= Row.fitting || (Boolean(error) && !neighbour);
      if (!tile.element.hidden) tile.update(neighbour?.item, neighbour ? { right: neighbour.right, line: short(neighbour.distance), withImages } : {});
    });
    if (!error) return element.removeAttribute("href");
    element.href = address("error", error.query.index);
    element.setAttribute("aria-label", nearest ? `${error.query.className}, ${error.query.id}, taken for ${nearest.item.className} at distance ${distance(error.distance)}` : error.query.id);
  }
}

export function mount(root, route) {
  const { counts, classes } = store.run;
  const says = h("p", { class: "lead" });
  const shown = h("span", { class: "hint number", role: "status" });
  const listPlace = h("div", { class: "list-place" });
  let list = null;
  let query = route.query;

  const change = changes => {
    const next = Object.fromEntries(filters.map(name => [name, changes[name] !== undefined ? changes[name] : query.get(name)]));
    replace(address("errors", null, next));
    query = parse(location.hash).query;
    show();
  };
  let typing = 0;
  let typed = {}; // What is typed into one field is not lost by what is typed into the next.
  const later = changes => {
    clearTimeout(typing);
    Object.assign(typed, changes);
    typing = setTimeout(() => {
      change(typed);
      typed = {};
    }, 150);
  };

  const text = h("input", { type: "search", "aria-label": "Filter by text of the id", placeholder: "Filter by id", "data-filter": true, value: query.get("text") });
  text.addEventListener("input", () => later({ text: text.value }));
  text.addEventListener("keydown", event => { if (event.key === "Enter") list.element.focus(); });
  const numberOf = name => query.get(name) === null ? null : Number(query.get(name));
  const ofClass = classInput({ classes: classes.test, label: "Class of the query", placeholder: "Class", value: numberOf("class"), change: value => change({ class: value }) });
  const taken = classInput({ classes: classes.test, label: "Class of the neighbour", placeholder: "Taken for", value: numberOf("neighbour"), change: value => change({ neighbour: value }) });
  const bound = (name, label) => {
    const input = h("input", { type: "number", min: "0", step: "any", "aria-label": label, placeholder: name, value: query.get(name) });
    input.addEventListener("input", () => { if (input.checkValidity()) later({ [name]: input.value }); });
    return input;
  };
  const [min, max] = [bound("min", "Least distance"), bound("max", "Largest distance")];
  const sort = h("select", { "aria-label": "Order" }, sorts.map(([value, name]) => h("option", { value }, name)));
  sort.value = query.get("sort") ?? "distance";
  sort.addEventListener("change", () => change({ sort: sort.value === "distance" ? null : sort.value }));
  const others = h("span", { class: "more-filters" }, ofClass.element, taken.element, h("span", { class: "field" }, min, "to", max), sort);
  const more = button("Filters", () => more.setAttribute("aria-expanded", others.classList.toggle("open")), { class: "more", "aria-expanded": "false" }); // Narrow pages alone show it.
  const clear = button("Clear", () => {
    clearTimeout(typing);
    typed = {};
    for (const input of [text, min, max]) input.value = "";
    for (const input of [ofClass, taken]) input.set(null);
    change({ class: null, neighbour: null, text: null, min: null, max: null });
  }, { class: "quiet" });

  const showTotal = () => {
    says.textContent = counts.errors === null ? "Looking for the nearest neighbours …" : counts.errors === 0 ? `All ${count(counts.test)} queries have an item of their own class as the nearest.`
      : `${count(counts.errors)} of ${counted(counts.test, "query", "queries")} (${percent(counts.errors / counts.test)}) have a nearest neighbour of another class.`;
  };
  store.addEventListener("counts", showTotal);
  showTotal();
  root.append(h("div", { class: "view-head" }, h("div", { class: "title-row" }, h("h1", {}, "Errors"), says, h("span", { class: "end" }, shown)),
    h("div", { class: "toolbar", role: "search" }, text, more, others, clear)), listPlace);

  // A class or pair was come to from Classes; without a filter there is nowhere to go back to.
  const back = () => { if (query.get("class") || query.get("neighbour")) go(address("classes")); };
  const result = { keys: [], back, route: next => { query = next.query; fillInputs(); show(); return true; }, leave: () => { list?.keep(); list?.leave(); clearTimeout(typing); store.removeEventListener("counts", showTotal); } };

  function fillInputs() {
    text.value = query.get("text") ?? "";
    ofClass.set(numberOf("class"));
    taken.set(numberOf("neighbour"));
    [min.value, max.value, sort.value] = [query.get("min") ?? "", query.get("max") ?? "", query.get("sort") ?? "distance"];
  }

  function show() {
    const errors = errorSource(query);
    list?.keep();
    list?.leave();
    const isFiltered = filters.some(name => name !== "sort" && query.get(name));
    clear.hidden = !isFiltered;
    list = new VirtualList({
      source: errors.source, label: "Errors", memory: errors.place, create: () => new Row(),
      layout: width => {
        Row.fitting = Math.min(neighbours, isNarrow() ? Math.floor((width - 38 + 12) / 78) : Math.floor((width - 352 + 12) / 104));
        return { columns: 1, height: isNarrow() ? 196 : 152 };
      },
      open: error => go(address("error", error.query.index)),
      empty: () => isFiltered ? [h("p", {}, "No error fits this filter."), button("Clear the filter", () => clear.click())]
        : "No query has a wrong nearest neighbour. Map and Duplicates may still have something to show.",
    });
    const showCount = () => {
      if (!isFiltered && errors.source.total !== null) store.setErrors(errors.source.total);
      shown.textContent = errors.source.total === null ? "" : isFiltered ? `${count(errors.source.total)} shown` : "";
    };
    errors.source.addEventListener("change", showCount);
    showCount();
    fill(listPlace, list.element);
    result.keys.splice(0, Infinity, ...list.keys("error"));
  }

  show();
  return result;
}
