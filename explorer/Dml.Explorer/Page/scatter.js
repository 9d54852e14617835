// Points on a canvas: wheel and keys zoom, a drag moves, a drag with Shift (or in lasso mode) draws a line around points.
import { h } from "./dom.js";
import { colors } from "./colors.js";

const reach = 12; // px around the pointer in which a point is found
const cells = 64; // of the grid by which the nearest point is found

export class Scatter {
  #canvas = h("canvas");
  #points = { x: [], y: [], error: [], class: [] };
  #view = { x: 0, y: 0, scale: 1 };
  #grid = [];
  #selected = new Set();
  #highlight = null;
  #hover = -1;
  #drag = null;
  #frame = 0;
  #size = [0, 0];
  #observer = new ResizeObserver(() => this.#resized());
  #onTheme = () => this.#schedule();
  isLasso = false;

  /** @param hover (index or -1, x, y) @param open (index) @param select (indices) */
  constructor({ hover, open, select }) {
    Object.assign(this, { hover, open, select });
    this.element = h("div", { class: "scatter", tabindex: "0", role: "application", "aria-roledescription": "map", "aria-label": "Map of the items. Plus and minus zoom, arrow keys move, v selects what is in view." }, this.#canvas);
    this.element.addEventListener("wheel", event => this.#onWheel(event), { passive: false });
    this.element.addEventListener("pointerdown", event => this.#onDown(event));
    this.element.addEventListener("pointermove", event => this.#onMove(event));
    this.element.addEventListener("pointerup", event => this.#onUp(event));
    this.element.addEventListener("pointercancel", () => { this.#drag = null; this.#schedule(); });
    this.element.addEventListener("pointerleave", () => this.#setHover(-1));
    document.addEventListener("themechange", this.#onTheme);
    this.#observer.observe(this.element);
  }

  leave() {
    this.#observer.disconnect();
    document.removeEventListener("themechange", this.#onTheme);
    cancelAnimationFrame(this.#frame);
  }

  show(points) {
    this.#points = points;
    this.#hover = -1;
    this.#selected.clear();
    const extent = values => values.reduce(([low, high], v) => [Math.min(low, v), Math.max(high, v)], [Infinity, -Infinity]);
    const [x, y] = [extent(points.x), extent(points.y)];
    this.bounds = { x0: x[0], y0: y[0], width: Math.max(x[1] - x[0], 1e-6), height: Math.max(y[1] - y[0], 1e-6) };
    this.#grid = Array.from({ length: cells * cells }, () => []);
    points.x.forEach((v, i) => this.#grid[this.#cellOf(v, points.y[i])].push(i));
    this.reset();
  }

  reset() {
    this.#view = { x: 0, y: 0, scale: 1 };
    this.#schedule();
  }

  highlight(c) {
    this.#highlight = c;
    this.#schedule();
  }

  setLasso(isOn) {
    this.isLasso = isOn;
    this.element.classList.toggle("lasso", isOn);
  }

  zoom(factor, at = { x: this.element.clientWidth / 2, y: this.element.clientHeight / 2 }) {
    const scale = Math.min(200, Math.max(0.5, this.#view.scale * factor));
    const ratio = scale / this.#view.scale;
    this.#view = { scale, x: at.x - (at.x - this.#view.x) * ratio, y: at.y - (at.y - this.#view.y) * ratio };
    this.#schedule();
  }

  move(x, y) {
    this.#view.x += x;
    this.#view.y += y;
    this.#schedule();
  }

  /** Selects what is in sight: the lasso of those who have no pointer. */
  selectView() {
    const { clientWidth, clientHeight } = this.element;
    this.#take(this.#points.x.keys().filter(i => {
      const [x, y] = this.#place(i);
      return x >= 0 && y >= 0 && x < clientWidth && y < clientHeight;
    }));
  }

  clear() {
    this.#take([]);
  }

  #take(indices) {
    const found = [...indices];
    this.#selected = new Set(found);
    this.#schedule();
    this.select(found);
  }

  #cellOf(x, y) {
    const column = Math.min(cells - 1, Math.floor((x - this.bounds.x0) / this.bounds.width * cells));
    const row = Math.min(cells - 1, Math.floor((y - this.bounds.y0) / this.bounds.height * cells));
    return row * cells + column;
  }

  /** What is in view stays in view: a list that opens beside the map takes room from it. The whole map is fitted anew. */
  #resized() {
    const { clientWidth, clientHeight } = this.element;
    const [width, height] = this.#size;
    this.#size = [clientWidth, clientHeight];
    const { x, y, scale } = this.#view;
    if (this.bounds && width > 0 && height > 0 && clientWidth > 0 && clientHeight > 0 && (x !== 0 || y !== 0 || scale !== 1)) {
      const [before, after] = [this.#frameOf(width, height), this.#frameOf()];
      const [dx, dy] = [((width / 2 - x) / scale - before.x) / before.unit, (before.y - (height / 2 - y) / scale) / before.unit];
      const fitted = scale * before.unit / after.unit * Math.min(clientWidth / width, clientHeight / height);
      this.#view = { scale: fitted, x: clientWidth / 2 - (after.x + dx * after.unit) * fitted, y: clientHeight / 2 - (after.y - dy * after.unit) * fitted };
    }
    this.#schedule();
  }

  // One scale for both axes: distances in the plane mean the same in each direction.
  #frameOf(clientWidth = this.element.clientWidth, clientHeight = this.element.clientHeight) {
    const unit = Math.min((clientWidth - 48) / this.bounds.width, (clientHeight - 48) / this.bounds.height);
    return { unit, x: (clientWidth - unit * this.bounds.width) / 2, y: (clientHeight + unit * this.bounds.height) / 2 };
  }

  #place(i, frame = this.#frameOf()) {
    const { scale, x, y } = this.#view;
    return [(frame.x + (this.#points.x[i] - this.bounds.x0) * frame.unit) * scale + x, (frame.y - (this.#points.y[i] - this.bounds.y0) * frame.unit) * scale + y];
  }

  #nearest(px, py) {
    const frame = this.#frameOf();
    const back = (qx, qy) => [
      ((qx - this.#view.x) / this.#view.scale - frame.x) / frame.unit + this.bounds.x0,
      (frame.y - (qy - this.#view.y) / this.#view.scale) / frame.unit + this.bounds.y0,
    ];
    const [[x0, y1], [x1, y0]] = [back(px - reach, py - reach), back(px + reach, py + reach)];
    const cell = (v, low, size) => Math.min(cells - 1, Math.max(0, Math.floor((v - low) / size * cells)));
    let [best, least] = [-1, reach * reach];
    for (let row = cell(y0, this.bounds.y0, this.bounds.height); row <= cell(y1, this.bounds.y0, this.bounds.height); row++) {
      for (let column = cell(x0, this.bounds.x0, this.bounds.width); column <= cell(x1, this.bounds.x0, this.bounds.width); column++) {
        for (const i of this.#grid[row * cells + column]) {
          const [x, y] = this.#place(i, frame);
          const d = (x - px) ** 2 + (y - py) ** 2;
          if (d < least) [best, least] = [i, d];
        }
      }
    }
    return best;
  }

  #setHover(i, x, y) {
    if (i !== this.#hover) {
      this.#hover = i;
      this.#schedule();
    }
    this.hover(i, x, y);
  }

  #onWheel(event) {
    event.preventDefault();
    const { left, top } = this.element.getBoundingClientRect();
    this.zoom(Math.exp(-event.deltaY * 0.0015), { x: event.clientX - left, y: event.clientY - top });
  }

  #local(event) {
    const { left, top } = this.element.getBoundingClientRect();
    return [event.clientX - left, event.clientY - top];
  }

  #onDown(event) {
    if (event.button !== 0) return;
    this.element.setPointerCapture(event.pointerId);
    const [x, y] = this.#local(event);
    this.#drag = { isLasso: this.isLasso || event.shiftKey, path: [[x, y]], x, y, moved: 0 };
  }

  #onMove(event) {
    const [x, y] = this.#local(event);
    const drag = this.#drag;
    if (!drag) return this.#setHover(this.#points.x.length > 0 ? this.#nearest(x, y) : -1, x, y);
    drag.moved += Math.abs(x - drag.x) + Math.abs(y - drag.y);
    if (drag.isLasso) drag.path.push([x, y]);
    else this.move(x - drag.x, y - drag.y);
    [drag.x, drag.y] = [x, y];
    this.#schedule();
  }

  #onUp(event) {
    const drag = this.#drag;
    this.#drag = null;
    if (!drag) return;
    if (drag.moved < 4) {
      const at = this.#nearest(...this.#local(event));
      if (at >= 0) this.open(at);
    } else if (drag.isLasso) {
      const frame = this.#frameOf();
      this.#take(this.#points.x.keys().filter(i => isInside(this.#place(i, frame), drag.path)));
    }
    this.#schedule();
  }

  #schedule() {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => this.#draw());
  }

  #draw() {
    const { clientWidth: width, clientHeight: height } = this.element;
    if (width === 0 || !this.bounds) return;
    const ratio = window.devicePixelRatio || 1;
    this.#canvas.width = Math.ceil(width * ratio);
    this.#canvas.height = Math.ceil(height * ratio);
    const context = this.#canvas.getContext("2d");
    context.scale(ratio, ratio);
    const color = colors(this.element, "muted", "wrong", "accent", "ink", "card");
    const n = this.#points.x.length;
    const size = Math.min(8, (n > 20_000 ? 1.5 : n > 3000 ? 2.5 : 5) * Math.sqrt(this.#view.scale));
    const frame = this.#frameOf();
    const isDimmed = this.#highlight !== null || this.#selected.size > 0;
    const isBright = i => this.#highlight !== null ? this.#points.class[i] === this.#highlight : this.#selected.has(i);

    // Right ones are dots below, wrong ones crosses above: two shapes, not two colors alone.
    const draw = (fits, paint) => {
      for (let i = 0; i < n; i++) {
        if (!fits(i)) continue;
        const [x, y] = this.#place(i, frame);
        if (x > -9 && y > -9 && x < width + 9 && y < height + 9) paint(x, y);
      }
    };
    const square = (x, y) => context.fillRect(x - size / 2, y - size / 2, size, size);
    const circle = (x, y) => {
      context.beginPath();
      context.arc(x, y, size / 2, 0, 7);
      context.fill();
    };
    const dot = n > 3000 ? square : circle;
    const arm = Math.max(2, size * 0.8);
    const cross = (x, y) => { context.moveTo(x - arm, y - arm); context.lineTo(x + arm, y + arm); context.moveTo(x + arm, y - arm); context.lineTo(x - arm, y + arm); };
    const pass = (alpha, fits, rightColor, wrongColor) => {
      context.globalAlpha = alpha;
      context.fillStyle = rightColor;
      draw(i => fits(i) && !this.#points.error[i], dot);
      context.strokeStyle = wrongColor;
      context.lineWidth = 1.4;
      context.beginPath();
      draw(i => fits(i) && this.#points.error[i], cross);
      context.stroke();
    };
    if (isDimmed) {
      pass(0.16, i => !isBright(i), color.muted, color.muted);
      pass(1, isBright, color.accent, color.wrong);
    } else pass(n > 20_000 ? 0.5 : 0.75, () => true, color.muted, color.wrong);
    context.globalAlpha = 1;
    if (this.#hover >= 0) {
      const [x, y] = this.#place(this.#hover, frame);
      context.strokeStyle = color.accent;
      context.lineWidth = 2;
      context.beginPath();
      context.arc(x, y, 8, 0, 7);
      context.stroke();
    }
    if (this.#drag?.isLasso) {
      context.strokeStyle = color.accent;
      context.setLineDash([5, 4]);
      context.lineWidth = 1.5;
      context.beginPath();
      for (const [x, y] of this.#drag.path) context.lineTo(x, y);
      context.closePath();
      context.stroke();
      context.globalAlpha = 0.1;
      context.fillStyle = color.accent;
      context.fill();
    }
  }
}

/** Whether a point lies within a closed line: a ray to the right crosses it an odd number of times. */
export function isInside([x, y], path) {
  let inside = false;
  for (let i = 0, j = path.length - 1; i < path.length; j = i++) {
    const [[xi, yi], [xj, yj]] = [path[i], path[j]];
    if (yi > y !== yj > y && x < (xj - xi) * (y - yi) / (yj - yi) + xi) inside = !inside;
  }
  return inside;
}
