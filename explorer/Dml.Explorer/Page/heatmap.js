// A sparse matrix of confusions on a canvas: the pointer and the arrow keys choose a cell, Enter and a click open it.
import { h } from "./dom.js";
import { colors } from "./colors.js";

const mostLabels = 60;

export class Heatmap {
  #canvas = h("canvas", { class: "heatmap-canvas" });
  #order = [];
  #counts = new Map();
  #most = 1;
  #cursor = { row: 0, column: 0 };
  #told;
  #open;
  #name;
  #observer = new ResizeObserver(() => this.#draw());
  #onTheme = () => this.#draw();

  constructor({ name, told, open }) {
    [this.#name, this.#told, this.#open] = [name, told, open];
    this.element = h("div", { class: "heatmap", tabindex: "0", role: "application", "aria-roledescription": "matrix", "aria-label": "Matrix of confusions. Arrow keys choose a pair of classes, n goes to the next pair with errors, Enter opens it." }, this.#canvas);
    this.element.addEventListener("keydown", event => this.#onKey(event));
    this.#canvas.addEventListener("pointermove", event => this.#point(event));
    this.#canvas.addEventListener("click", event => { if (this.#point(event)) this.#open(this.#cell()); });
    this.element.addEventListener("focus", () => this.#moved());
    this.element.addEventListener("blur", () => this.#draw());
    document.addEventListener("themechange", this.#onTheme);
    this.#observer.observe(this.element);
  }

  leave() {
    this.#observer.disconnect();
    document.removeEventListener("themechange", this.#onTheme);
  }

  show(order, confusion) {
    const place = new Map(order.map((c, at) => [c, at]));
    this.#order = order;
    this.#counts = new Map(confusion.filter(c => place.has(c.class) && place.has(c.neighbour)).map(c => [place.get(c.class) * order.length + place.get(c.neighbour), c.count]));
    this.#most = Math.max(1, ...this.#counts.values());
    const worst = [...this.#counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? 0;
    this.#cursor = { row: Math.floor(worst / order.length), column: worst % order.length };
    this.#draw();
  }

  #cell() {
    const { row, column } = this.#cursor;
    return { row: this.#order[row], column: this.#order[column], count: this.#counts.get(row * this.#order.length + column) ?? 0 };
  }

  #onKey(event) {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const step = { ArrowDown: [1, 0], ArrowUp: [-1, 0], ArrowRight: [0, 1], ArrowLeft: [0, -1] }[event.key];
    const n = this.#order.length;
    if (step) {
      this.#cursor.row = Math.min(Math.max(this.#cursor.row + step[0], 0), n - 1);
      this.#cursor.column = Math.min(Math.max(this.#cursor.column + step[1], 0), n - 1);
    } else if (event.key === "n") {
      const here = this.#cursor.row * n + this.#cursor.column;
      const all = [...this.#counts.keys()].sort((a, b) => a - b);
      const next = all.find(cell => cell > here) ?? all[0] ?? here;
      this.#cursor = { row: Math.floor(next / n), column: next % n };
    } else if (event.key === "Enter") this.#open(this.#cell());
    else return;
    event.preventDefault();
    event.stopPropagation();
    this.#moved();
  }

  #moved() {
    this.#told(this.#cell());
    this.#draw();
  }

  #point(event) {
    const { left, top } = this.#canvas.getBoundingClientRect();
    const column = Math.floor((event.clientX - left - this.margin) / this.cell);
    const row = Math.floor((event.clientY - top - this.margin) / this.cell);
    const n = this.#order.length;
    if (row < 0 || column < 0 || row >= n || column >= n) return false;
    if (row !== this.#cursor.row || column !== this.#cursor.column) {
      this.#cursor = { row, column };
      this.#moved();
    }
    return true;
  }

  #draw() {
    const n = this.#order.length;
    const width = this.element.clientWidth;
    if (n === 0 || width === 0) return;
    const { sunken, rule, wrong, accent, ink, muted } = colors(this.element, "sunken", "rule", "wrong", "accent", "ink", "muted");
    const hasLabels = n <= mostLabels && width / n > 8;
    this.margin = hasLabels ? Math.min(110, width * 0.24) : 1;
    this.cell = Math.max(1, Math.min(28, (width - this.margin - 2) / n));
    const side = this.margin + this.cell * n + 2;
    const ratio = window.devicePixelRatio || 1;
    this.#canvas.width = this.#canvas.height = Math.ceil(side * ratio);
    this.#canvas.style.width = this.#canvas.style.height = `${side}px`;
    const context = this.#canvas.getContext("2d");
    context.scale(ratio, ratio);
    context.fillStyle = sunken;
    context.fillRect(this.margin, this.margin, this.cell * n, this.cell * n);
    const gap = this.cell > 5 ? 1 : 0;
    for (let at = 0; gap && at < n; at++) { // The diagonal leads the eye from a row's class to its column.
      context.fillStyle = rule;
      context.fillRect(this.margin + at * this.cell, this.margin + at * this.cell, this.cell - gap, this.cell - gap);
    }
    for (const [cell, count] of this.#counts) {
      context.globalAlpha = 0.25 + 0.75 * Math.sqrt(count / this.#most);
      context.fillStyle = wrong;
      context.fillRect(this.margin + (cell % n) * this.cell, this.margin + Math.floor(cell / n) * this.cell, Math.max(1, this.cell - gap), Math.max(1, this.cell - gap));
    }
    context.globalAlpha = 1;
    const { row, column } = this.#cursor;
    if (hasLabels) this.#drawLabels(context, n, ink, muted);
    context.strokeStyle = accent;
    context.lineWidth = 2;
    context.strokeRect(this.margin + column * this.cell, this.margin + row * this.cell, this.cell, this.cell);
  }

  #drawLabels(context, n, ink, muted) {
    const size = Math.min(12, Math.max(7, this.cell - 1));
    context.textBaseline = "middle";
    context.textAlign = "right";
    const space = this.margin - 8;
    for (let at = 0; at < n; at++) {
      context.font = `700 ${size}px system-ui, sans-serif`; // The widest that it is drawn with.
      const name = fit(context, this.#name(this.#order[at]), space);
      const middle = this.margin + (at + 0.5) * this.cell;
      context.font = `${at === this.#cursor.row ? 700 : 400} ${size}px system-ui, sans-serif`;
      context.fillStyle = at === this.#cursor.row ? ink : muted;
      context.fillText(name, this.margin - 6, middle);
      context.save();
      context.translate(middle, this.margin - 6);
      context.rotate(Math.PI / 2);
      context.font = `${at === this.#cursor.column ? 700 : 400} ${size}px system-ui, sans-serif`;
      context.fillStyle = at === this.#cursor.column ? ink : muted;
      context.fillText(name, 0, 0);
      context.restore();
    }
  }
}

function fit(context, text, width) {
  if (context.measureText(text).width <= width) return text;
  let length = Math.max(1, Math.floor(text.length * width / context.measureText(text).width) - 1);
  while (length > 1 && context.measureText(`${text.slice(0, length)}…`).width > width) length--;
  return `${text.slice(0, length)}…`;
}
