// How an item looks wherever it stands: its image in a box of a fixed size, its class, and what is said of it.
import { h, fill } from "./dom.js";
import { imageAddress } from "./api.js";
import { short, stem, tail } from "./format.js";
import { address } from "./router.js";
import { VirtualList } from "./virtual.js";
import { Whole } from "./paged.js";

/** Shows an item's image in a box, or its id where there is no image. Each item gets an <img> of its own: a reused one would show the last item until the next has loaded. */
export function showImage(box, item, size, withImage = true) {
  const key = item ? `${item.split}/${item.index}${withImage ? "" : " later"}` : "";
  if (box.dataset.key === key) return;
  box.dataset.key = key;
  box.classList.toggle("textual", Boolean(item) && !item.image);
  if (!item || (item.image && !withImage)) return void box.replaceChildren();
  if (!item.image) return void fill(box, h("span", { class: "id-text" }, item.id));
  const image = new Image();
  image.alt = "";
  image.decoding = "async";
  image.draggable = false;
  image.addEventListener("error", () => {
    if (box.dataset.key !== key) return;
    box.classList.add("textual");
    fill(box, h("span", { class: "id-text" }, `${item.id} cannot be shown`));
  });
  image.src = imageAddress(item, size);
  box.replaceChildren(image);
}

export function imageBox(item, size, kind = "") {
  const box = h("span", { class: `box ${kind}` });
  box.style.setProperty("--box", `${size}px`);
  showImage(box, item, size);
  return box;
}

const words = { right: ["✓", "right"], wrong: ["✗", "wrong"] };

/** A tile: image, class, and a line below it. Right and wrong differ in word, sign, kind of border and colour. */
export class Tile {
  constructor(size) {
    this.size = size;
    this.box = h("span", { class: "box" });
    this.sign = h("span", { class: "sign", "aria-hidden": "true" });
    this.nameText = h("bdi");
    this.name = h("span", { class: "tile-name" }, this.nameText);
    this.line = h("span", { class: "tile-line number" });
    this.element = h("span", { class: "tile" }, h("span", { class: "frame" }, this.box, this.sign), this.name, this.line);
    this.element.style.setProperty("--box", `${size}px`);
  }

  update(item, { right, line, withImages = true } = {}) {
    if (item && !withImages) { // It is seen for a moment.
      showImage(this.box, item, this.size, false);
      [this.element.className, this.sign.textContent, this.line.textContent] = ["tile", "", ""];
      this.#setName(item.className);
      return this;
    }

    const kind = right === undefined ? "" : right ? "right" : "wrong";
    this.element.className = `tile ${kind}`;
    this.sign.textContent = kind ? words[kind][0] : "";
    showImage(this.box, item, this.size, withImages);
    this.#setName(item?.className ?? "");
    this.name.title = item ? `${item.className}, ${item.id}` : "";
    // A small tile has room for the word alone; the number stands beside the query.
    this.line.textContent = [kind ? words[kind][1] : "", kind && this.size < 70 ? "" : line].filter(Boolean).join(" ");
    return this;
  }

  /** A name that is a path differs from others at its end, which is what is seen of a long one. */
  #setName(name) {
    this.nameText.textContent = name;
    this.name.classList.toggle("path", name.includes("/") && !name.includes("<"));
  }
}

export const neighbourTile = (neighbour, size) => new Tile(size).update(neighbour.item, { right: neighbour.right, line: short(neighbour.distance) });

/** A grid of items in a scroller of its own. */
export function itemGrid({ items, label, open, lineOf, rightOf, empty, size = 92 }) {
  return new VirtualList({
    source: Array.isArray(items) ? new Whole(items) : items, label, empty, open,
    layout: width => ({ columns: Math.max(1, Math.floor(width / (size + 28))), height: size + 62 }),
    create: () => {
      const tile = new Tile(size);
      const element = h("a", { class: "grid-cell" }, tile.element);
      return {
        element,
        update: (item, index, withImages) => {
          tile.update(item, { line: item && (lineOf?.(item, index) ?? tail(stem(item.id), Math.floor(size / 8))), right: item && rightOf?.(item, index), withImages });
          element.setAttribute("aria-label", item ? `${item.className}, ${item.id}` : "loading");
          if (item?.split === "test") element.href = address("error", item.index);
          else element.removeAttribute("href");
        },
      };
    },
  });
}

/** Class and id of an item, the class first. */
export const who = (item, properties = {}) => h("span", { class: "who", ...properties }, h("span", { class: "label" }, item.className), h("span", { class: "id" }, item.id));
