// A list or grid of which only what is in sight exists: a hundred thousand items cost what one screen of them costs.
// The list itself has the focus and names its current item (aria-activedescendant), since an item's element is reused for others.
import { h, fill, button } from "./dom.js";

let lists = 0;
const overscan = 1; // rows above and below what is seen
const settle = 90; // ms without movement after which images of a fast scroll are fetched
const fast = 140; // pixels a frame, twice in a row, at which nobody reads any more; a single jump shows all at once

export class VirtualList {
  #cells = new Map();
  #free = [];
  #id = `list${++lists}`;
  #columns = 1;
  #height = 1;
  #frame = 0;
  #last = { top: 0, moved: 0, quick: false };
  #settling = 0;
  #memory;
  current = 0;

  /**
   * @param source Paged or Whole
   * @param layout (width) => { columns, height } of a cell in pixels
   * @param create () => { element, update(item, index, withImages) }; item is undefined until it is there, and without images it is seen for a moment
   * @param open (item, index) => void, for Enter
   * @param empty () => node, shown when there is nothing
   * @param memory an object in which the place is kept
   */
  constructor({ source, layout, create, label, open, select, empty, memory = {} }) {
    Object.assign(this, { source, layout, create, open, select, empty });
    this.#memory = memory;
    this.current = memory.current ?? 0;
    this.extent = h("div", { class: "extent", role: "presentation" });
    this.extent.hidden = true;
    this.instead = h("p", { class: "empty waiting" }, "Looking …");
    this.element = h("div", { class: "scroller", role: "listbox", tabindex: "0", "aria-label": label }, this.extent, this.instead);
    this.element.addEventListener("scroll", () => this.#schedule(), { passive: true });
    this.#onChange = () => this.#changed();
    source.addEventListener("change", this.#onChange);
    this.observer = new ResizeObserver(() => this.#resized());
    this.observer.observe(this.element);
    source.ensure(0, 1);
  }

  #onChange;

  leave() {
    this.source.removeEventListener("change", this.#onChange);
    this.observer.disconnect();
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#settling);
  }

  /** Draws what is in sight once more, after something that it shows has changed. */
  refresh() {
    for (const [index, cell] of this.#cells) this.#update(cell, index, true);
  }

  setCurrent(index, { silent = false } = {}) {
    const last = (this.source.total ?? 0) - 1;
    if (last < 0) return;
    this.current = Math.min(Math.max(index, 0), last);
    this.#memory.current = this.current;
    this.#reveal();
    this.#render();
    this.#mark();
    if (!silent) this.select?.(this.source.get(this.current), this.current);
  }

  /** Its keys, for keys.js. */
  keys(noun = "item") {
    const by = step => () => this.setCurrent(this.current + step());
    const page = () => Math.max(1, Math.floor(this.element.clientHeight / this.#height)) * this.#columns;
    const isGrid = () => this.#columns > 1;
    return [
      { keys: ["j", "ArrowDown"], says: `Next ${noun}`, run: by(() => this.#columns) },
      { keys: ["k", "ArrowUp"], says: `${noun[0].toUpperCase()}${noun.slice(1)} before`, run: by(() => -this.#columns) },
      { keys: ["ArrowRight", "l"], run: by(() => isGrid() ? 1 : 0) },
      { keys: ["ArrowLeft", "h"], run: by(() => isGrid() ? -1 : 0) },
      { keys: ["PageDown"], says: "A screen on", run: by(page) },
      { keys: ["PageUp"], says: "A screen back", run: by(() => -page()) },
      { keys: ["Home", "g"], says: "First", run: () => this.setCurrent(0) },
      { keys: ["End", "Shift+g"], says: "Last", run: () => this.setCurrent(Infinity) },
      ...this.open ? [{ keys: ["Enter", "o"], says: `Open the ${noun}`, once: true, run: () => this.#open() }] : [],
    ];
  }

  #open() {
    const item = this.source.get(this.current);
    if (item !== undefined) this.open(item, this.current);
  }

  #reveal() {
    const top = Math.floor(this.current / this.#columns) * this.#height;
    const { scrollTop, clientHeight } = this.element;
    if (top < scrollTop) this.element.scrollTop = top;
    else if (top + this.#height > scrollTop + clientHeight) this.element.scrollTop = top + this.#height - clientHeight;
  }

  #resized() {
    if (this.element.clientWidth === 0) return;
    const isFirst = this.#height === 1;
    const anchor = Math.floor(this.element.scrollTop / this.#height) * this.#columns;
    const { columns, height } = this.layout(this.element.clientWidth);
    const isNew = columns !== this.#columns || height !== this.#height;
    [this.#columns, this.#height] = [columns, height];
    this.#changed();
    if (isNew && !isFirst) this.element.scrollTop = Math.floor(anchor / columns) * height;
  }

  #measure() {
    const rows = Math.ceil((this.source.total ?? 0) / this.#columns);
    this.extent.style.height = `${rows * this.#height}px`;
  }

  #changed() {
    if (this.source.error || this.source.total === 0) return this.#showInstead();
    if (this.source.total === null) return;
    if (this.instead) {
      this.instead.remove();
      this.instead = null;
      this.extent.hidden = false;
    }
    this.#measure();
    if (this.#memory.top !== undefined && this.element.clientWidth > 0) {
      this.element.scrollTop = this.#memory.top; // The place of before, now that the list is long enough for it.
      delete this.#memory.top;
    }
    this.#render(true);
  }

  #showInstead() {
    this.extent.hidden = true;
    this.instead?.remove();
    this.instead = this.element.appendChild(h("div", { class: "empty" }));
    if (this.source.error) {
      const again = button("Try again", () => { this.source.error = null; this.source.ensure(0, 1); });
      fill(this.instead, h("p", { class: "failure", role: "alert" }, this.source.error.message), again);
    } else fill(this.instead, this.empty?.() ?? "There is nothing here.");
  }

  #schedule() {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => this.#render());
  }

  #render(all = false) {
    const { scrollTop, clientHeight } = this.element;
    if (clientHeight === 0 || this.#height === 1 || this.source.total === null || this.extent.hidden) return; // Without a layout every pixel would be a row.
    if (this.source.total > 0 && this.#memory.top === undefined) this.#memory.kept = scrollTop;

    // What flies past is shown in brief, without images, which would only fill the queue of requests; the rest comes when the movement ends.
    const moved = Math.abs(scrollTop - this.#last.top);
    const quick = moved > clientHeight || Math.min(moved, this.#last.moved) > fast;
    const wasQuick = this.#last.quick;
    this.#last = { top: scrollTop, moved, quick };
    if (quick) {
      clearTimeout(this.#settling);
      this.#settling = setTimeout(() => {
        this.#last.moved = 0;
        this.#render();
      }, settle);
    }

    const first = Math.max(0, Math.floor(scrollTop / this.#height) - overscan) * this.#columns;
    const last = Math.min(this.source.total, (Math.ceil((scrollTop + clientHeight) / this.#height) + overscan) * this.#columns);
    for (const [index, cell] of this.#cells) {
      if (index >= first && index < last) continue;
      this.#cells.delete(index);
      this.#free.push(cell);
    }
    for (let index = first; index < last; index++) {
      let cell = this.#cells.get(index);
      const isNew = !cell;
      cell ??= this.#take(index);
      if (isNew || all || (wasQuick && !quick)) this.#update(cell, index, !quick);
      if (isNew || all) this.#place(cell, index); // What stays is not touched: styles that are set anew are computed anew.
    }
    for (const { element } of this.#free) if (!element.hidden) element.hidden = true;
    this.source.ensure(first, last);
    this.#mark();
  }

  #take(index) {
    const cell = this.#free.pop() ?? this.#make();
    if (cell.element.hidden) cell.element.hidden = false;
    this.#cells.set(index, cell);
    return cell;
  }

  #make() {
    const cell = this.create();
    cell.element.setAttribute("role", "option");
    cell.element.tabIndex = -1;
    cell.element.classList.add("cell");
    cell.element.addEventListener("click", () => {
      this.setCurrent(cell.index);
      this.element.focus({ preventScroll: true });
    });
    this.extent.append(cell.element);
    return cell;
  }

  #update(cell, index, withImages) {
    cell.index = index;
    const { element } = cell;
    element.id = `${this.#id}-${index}`;
    element.setAttribute("aria-posinset", index + 1);
    element.setAttribute("aria-setsize", this.source.total);
    cell.update(this.source.get(index), index, withImages);
  }

  #place(cell, index) {
    const column = index % this.#columns;
    const { style } = cell.element;
    style.transform = `translate(${column * 100}%, ${Math.floor(index / this.#columns) * this.#height}px)`;
    style.width = `${100 / this.#columns}%`;
    style.height = `${this.#height}px`;
  }

  #mark() {
    for (const [index, { element }] of this.#cells) {
      const isCurrent = String(index === this.current);
      if (element.getAttribute("aria-selected") !== isCurrent) element.setAttribute("aria-selected", isCurrent);
    }
    if (this.#cells.has(this.current)) this.element.setAttribute("aria-activedescendant", `${this.#id}-${this.current}`);
    else this.element.removeAttribute("aria-activedescendant");
  }

  /** Keeps the place for the next list with this memory. */
  keep() {
    this.#memory.top = this.#memory.kept ?? 0;
  }
}
