// An image from anywhere: dropped, pasted or chosen; what lies near it, and what class its neighbours say.
import { h, fill } from "../dom.js";
import { postImage } from "../api.js";
import { store } from "../store.js";
import { itemGrid } from "../items.js";
import { address, go } from "../router.js";
import { failure } from "../toast.js";
import { count, counted, distance } from "../format.js";

const wanted = 24; // neighbours
const mostClasses = 6;
const largest = 50e6; // bytes; the server refuses more, and this tells it before they are sent

export function mount(root) {
  let controller = new AbortController();
  let grid = null;
  let preview = null; // an object URL, to be released
  const keys = [];
  const input = h("input", { type: "file", accept: "image/*", class: "visually-hidden", id: "search-file", "aria-label": "Choose an image" });
  const drop = h("label", { class: "drop", for: "search-file" }, h("span", { class: "drop-title" }, "Drop an image here"), h("span", { class: "hint" }, "paste one, or choose a file ", h("kbd", {}, "o")), input);
  const results = h("div", { class: "search-results" }, h("div", { class: "empty" }, h("p", {}, "An image from anywhere is embedded by this run's model, and the nearest test items are shown."), h("p", { class: "hint" }, "It stays on this machine and is not kept.")));
  const body = h("div", { class: "search-view" }, h("div", { class: "search-side" }, drop), results);
  root.append(h("div", { class: "view-head" }, h("div", { class: "title-row" }, h("h1", {}, "Search"), h("p", { class: "lead" }, "What the model sees in an image."))), body);

  /** Shows the image at the side. @returns the place of the votes below it */
  function look(file) {
    grid?.leave();
    grid = null;
    if (preview) URL.revokeObjectURL(preview);
    preview = URL.createObjectURL(file);
    const image = h("img", { src: preview, alt: "The image that is searched for" });
    image.addEventListener("error", () => image.remove());
    const votes = h("div", { class: "votes" });
    fill(body, h("div", { class: "search-side" }, drop, h("figure", { class: "searched" }, image, h("figcaption", { class: "id" }, file.name || "pasted image")), votes), results);
    return votes;
  }

  async function search(file) {
    controller.abort();
    controller = new AbortController();
    store.memory.delete("search");
    const votes = look(file);
    if (file.size > largest) return void fill(results, failure({ message: `Expected an image of at most 50 MB, found ${Math.round(file.size / 1e6)} MB; make it smaller.` }));
    fill(results, h("p", { class: "empty waiting" }, "Looking …"));
    try {
      const answer = await postImage(`search?k=${wanted}`, file, controller.signal);
      store.memory.set("search", { file, answer });
      show(answer, votes);
    } catch (problem) {
      if (problem.name !== "AbortError") fill(results, failure(problem));
    }
  }

  function show({ neighbours, classes, warnings, seen }, votes) {
    if (seen) votes.before(h("figure", { class: "searched" }, h("img", { src: `data:image/jpeg;base64,${seen}`, alt: "The image as the model sees it" }), h("figcaption", { class: "hint" }, "as the model sees it")));
    const shown = classes.slice(0, mostClasses);
    const others = classes.slice(mostClasses);
    if (others.length > 0) shown.push({ name: counted(others.length, "other class", "other classes"), count: others.reduce((sum, c) => sum + c.count, 0) });
    fill(votes, h("h2", {}, `Classes of the nearest ${count(neighbours.length)}`), h("dl", {}, shown.map(({ name, count: votes }) => {
      const bar = h("span", {});
      bar.style.width = `${100 * votes / neighbours.length}%`;
      return h("div", { class: "vote" }, h("dt", { class: "label" }, name), h("dd", { class: "number" }, count(votes)), h("span", { class: "meter", "aria-hidden": "true" }, bar));
    })));
    const distances = new Map(neighbours.map(n => [n.item, n.distance]));
    grid = itemGrid({ items: neighbours.map(n => n.item), label: "Nearest items", size: 112, lineOf: item => distance(distances.get(item)), open: item => { if (item.split === "test") go(address("error", item.index)); } });
    fill(results, (warnings ?? []).map(warning => h("p", { class: "warning" }, warning)), grid.element);
    keys.splice(0, Infinity, ...own, ...grid.keys("neighbour").map(key => key.keys.includes("Enter") ? { ...key, keys: ["Enter"] } : key));
    grid.element.focus({ preventScroll: true });
  }

  const take = files => {
    const file = [...files ?? []].find(f => f.type.startsWith("image/") || f.type === "");
    if (file) search(file);
    else if (files?.length > 0) {
      controller.abort();
      store.memory.delete("search");
      fill(body, h("div", { class: "search-side" }, drop), results); // What was shown is not what is refused.
      fill(results, failure({ message: `${files[0].name}: expected an image, found ${files[0].type || "a file of another kind"}.` }));
    }
  };
  input.addEventListener("change", () => { take(input.files); input.value = ""; });
  const onDrag = event => { event.preventDefault(); drop.classList.toggle("over", event.type === "dragover"); };
  const onDrop = event => { event.preventDefault(); drop.classList.remove("over"); take(event.dataTransfer.files); };
  const onPaste = event => take(event.clipboardData.files);
  document.addEventListener("dragover", onDrag);
  document.addEventListener("dragleave", onDrag);
  document.addEventListener("drop", onDrop);
  document.addEventListener("paste", onPaste);

  if (!store.run.images || !store.run.backbone) {
    fill(results, h("div", { class: "empty" }, h("p", {}, "This run holds features alone: there is no network here that could embed an image.")));
    drop.hidden = true;
  }

  const kept = store.memory.get("search");
  const own = [{ keys: ["o"], says: "Choose an image", once: true, run: () => input.click() }];
  keys.push(...own);
  if (kept) show(kept.answer, look(kept.file)); // One comes back from a neighbour.
  return {
    keys, focus: input,
    leave: () => {
      controller.abort();
      grid?.leave();
      if (preview) URL.revokeObjectURL(preview);
      document.removeEventListener("dragover", onDrag);
      document.removeEventListener("dragleave", onDrag);
      document.removeEventListener("drop", onDrop);
      document.removeEventListener("paste", onPaste);
    },
  };
}
