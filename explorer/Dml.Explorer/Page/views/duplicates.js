// Equal and nearly equal items, across the splits (leaks), under two labels, or within a class.
import { h, fill, button } from "../dom.js";
import { get, post } from "../api.js";
import { store } from "../store.js";
import { Paged } from "../paged.js";
import { VirtualList } from "../virtual.js";
import { Tile } from "../items.js";
import { address, go } from "../router.js";
import { tell, tellError } from "../toast.js";
import { counted, number } from "../format.js";

const shown = 6;
const words = { leak: "leak", "duplicate-other-label": "two labels", duplicate: "duplicate", "near-leak": "near leak", "near-duplicate-other-label": "near, two labels", "near-duplicate": "near duplicate" };
const grave = kind => kind.includes("leak") || kind.includes("other-label");

class Row {
  #kind = h("span", { class: "chip kind" });
  #says = h("span", { class: "says" });
  #value = h("span", { class: "hint number" });
  #tiles = Array.from({ length: shown }, () => new Tile(84));
  #more = h("span", { class: "hint" });
  element = h("div", { class: "duplicate-row" }, h("span", { class: "duplicate-what" }, this.#kind, this.#says, this.#value), h("span", { class: "strip" }, this.#tiles.map(tile => tile.element), this.#more));

  /** @param target (group): the training item that x excludes, or undefined where it is to be chosen */
  constructor(target) {
    this.target = target;
  }

  update(group, index, withImages) {
    const target = group && this.target(group);
    this.#kind.textContent = group ? words[group.kind] ?? group.kind : "";
    this.#kind.classList.toggle("grave", Boolean(group) && grave(group.kind));
    this.#says.textContent = group?.says ?? "";
    this.#value.textContent = group?.kind.startsWith("near") ? group.value > 0 ? `correlation ${number(group.value, 4)}` : `distance ${number(-group.value, 4)}` : "";
    this.#tiles.forEach((tile, at) => {
      const item = group?.items[at];
      tile.element.hidden = !item;
      tile.update(item, { line: item && (stateOf(item) || (item.index === target?.index && item.split === "train" ? "x excludes" : item.split)), withImages });
      tile.element.classList.toggle("target", Boolean(item) && item.split === "train" && item.index === target?.index);
    });
    const more = (group?.items.length ?? 0) - shown;
    this.#more.textContent = more > 0 ? `and ${more} more` : "";
    this.element.setAttribute("aria-label", group ? `${words[group.kind] ?? group.kind}: ${group.items.map(item => `${item.split} ${item.className} ${item.id}`).join(", ")}. ${group.says}${target ? ` x excludes ${target.id}.` : ""}` : "loading");
  }
}

const isExcluded = item => item.split === "train" && store.decisions.get(item.index)?.action === "exclude";
const stateOf = item => isExcluded(item) ? "✗ excluded" : "";
const trainingItems = group => group.items.filter(item => item.split === "train");

export function mount(root) {
  const says = h("p", { class: "lead" }, "Looking …");
  const listPlace = h("div", { class: "list-place" });
  const source = new Paged((offset, limit, signal) => get("duplicates", { offset, limit }, signal), 50);
  const list = new VirtualList({
    source, label: "Duplicates and leaks", layout: () => ({ columns: 1, height: innerWidth <= 640 ? 240 : 152 }), create: () => new Row(target),
    open: group => { const item = group.items.find(i => i.split === "test"); if (item) go(address("error", item.index)); else tell("There is no test item in this group to open."); },
    empty: () => [h("p", {}, "No two items were found to be equal or nearly equal."), h("p", { class: "hint" }, "Copies that were cropped, mirrored, brightened or compressed are looked for.")],
  });
  const basisText = h("p", {});
  const basis = h("details", { class: "hint", hidden: true }, h("summary", {}, "How they are told from chance"), basisText);
  const excludeButton = button(["Exclude the copy", h("kbd", { "aria-hidden": "true" }, "x")], exclude, { class: "small", "aria-keyshortcuts": "x" });
  source.addEventListener("change", () => { excludeButton.hidden = source.total === 0; says.textContent = !source.total ? "" : `${counted(source.total, "group")} of equal or nearly equal items, worst first.`; basis.hidden = !source.answer?.summary; basisText.textContent = source.answer?.summary ?? ""; });
  const onDecisions = () => list.refresh();
  store.addEventListener("decisions", onDecisions);
  root.append(h("div", { class: "view-head" }, h("div", { class: "title-row" }, h("h1", {}, "Duplicates and leaks"), says,
    h("span", { class: "end" }, excludeButton)), basis), listPlace);
  fill(listPlace, list.element);

  // Of a leak it is the training item that goes; of two training items with one label the last. Of two labels one is wrong, and nobody here knows which.
  const chosen = new Map(); // by group: the place among its training items
  function target(group) {
    const items = trainingItems(group);
    return items[chosen.get(group) ?? (items.length === 1 || !group.kind.includes("other-label") ? items.length - 1 : -1)];
  }

  function choose(by) {
    const group = source.get(list.current);
    const items = group ? trainingItems(group) : [];
    if (items.length < 2) return;
    const at = items.indexOf(target(group));
    chosen.set(group, at < 0 ? (by > 0 ? 0 : items.length - 1) : (at + by + items.length) % items.length);
    list.refresh();
  }

  let busy = false;
  async function exclude() {
    const group = source.get(list.current);
    if (!group || trainingItems(group).length === 0) return tell("This group has no training item to exclude.");
    const item = target(group);
    if (!item) return tell("Which one? The arrows left and right choose the copy that is excluded.");
    if (isExcluded(item)) return tell(`${item.id} is excluded already; u undoes the last decision.`);
    if (busy) return;
    busy = true;
    try {
      await post("decisions", { sample: item.index, action: "exclude" });
      await store.loadDecisions();
      tell(`${item.id} is excluded once you apply; u undoes it.`);
    } catch (error) {
      tellError(error);
    } finally {
      busy = false;
    }
  }

  async function undo() {
    if (store.decisions.size === 0) return tell("There is nothing to undo.");
    try {
      const undone = await post("decisions/undo");
      await store.loadDecisions();
      tell(`Undone: ${undone.sample.id}.`);
    } catch (error) {
      tellError(error);
    }
  }

  return {
    keys: [...list.keys("group").filter(key => !key.keys.includes("ArrowLeft") && !key.keys.includes("ArrowRight")),
      { keys: ["ArrowRight"], says: "Choose the copy (left and right)", run: () => choose(1) }, { keys: ["ArrowLeft"], run: () => choose(-1) }, { keys: ["x"], says: "Exclude the training copy", once: true, run: exclude }, { keys: ["u"], says: "Undo the last decision", once: true, run: undo }],
    leave: () => { list.leave(); store.removeEventListener("decisions", onDecisions); },
  };
}
