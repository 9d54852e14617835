// The audit's suspects one after another. A decision counts once the server has it on disk; only then the next suspect comes.
import { h, fill, button, keyButton } from "../dom.js";
import { get, post, imageAddress } from "../api.js";
import { store } from "../store.js";
import { Paged } from "../paged.js";
import { VirtualList } from "../virtual.js";
import { imageBox, showImage, who, Tile } from "../items.js";
import { pickClass } from "../pick.js";
import { ApplyPanel } from "./apply.js";
import { failure, tell, tellError } from "../toast.js";
import { apart, count, counted, percent, stem, tail } from "../format.js";
import { replace, address } from "../router.js";

const signs = { accept: ["✓", "relabelled"], relabel: ["✓", "relabelled"], keep: ["=", "kept"], exclude: ["✗", "excluded"], skip: ["↷", "skipped"] };
const states = [["all", "all suspects"], ["open", "open ones"], ["decided", "decided ones"]];

function wordsOf(decision) {
  if (!decision) return ["○", "open"];
  const [sign, word] = signs[decision.action] ?? ["•", decision.action];
  return [sign, decision.class === null || decision.class === undefined ? word : `${word} ${decision.className}`];
}

class Row {
  #sign = h("span", { class: "state-sign", "aria-hidden": "true" });
  #name = h("span", { class: "label" });
  #line = h("span", { class: "hint" });
  #box = imageBox(null, 40);
  element = h("div", { class: "suspect-row" }, this.#box, h("span", { class: "who" }, this.#name, this.#line), this.#sign);

  update(suspect, index, withImages) {
    showImage(this.#box, suspect?.sample, 40, withImages);
    const [sign, word] = suspect ? wordsOf(store.decisions.get(suspect.sample.index)) : ["", ""];
    this.#sign.textContent = sign;
    this.element.dataset.state = suspect ? store.decisions.get(suspect.sample.index)?.action ?? "open" : "";
    this.#name.textContent = suspect ? suspect.suggested === null ? suspect.sample.className : apart(suspect.sample.className, suspect.suggestedName).join(" → ") : "";
    this.#line.textContent = suspect ? `${word} · ${tail(stem(suspect.sample.id), 19)}` : "";
    this.element.setAttribute("aria-label", suspect ? `${suspect.sample.id}, labelled ${suspect.sample.className}, suggested ${suspect.suggestedName ?? "nothing"}, ${word}` : "loading");
  }
}

export function mount(root, route) {
  const state = h("select", { "aria-label": "Which suspects" }, states.map(([value, name]) => h("option", { value }, name)));
  const text = h("input", { type: "search", "aria-label": "Filter by text of the id", placeholder: "Filter by id", "data-filter": true });
  const says = h("p", { class: "lead" });
  const progress = h("progress", { max: "1", value: "0", "aria-label": "Suspects decided" });
  const card = h("div", { class: "page suspect", tabindex: "0", "aria-label": "The suspect" });
  const rail = h("div", { class: "rail" });
  const apply = new ApplyPanel();
  let list = null;
  let source = null;
  let busy = false;
  let shown = null;
  state.value = route.query.get("state") ?? "all";
  text.value = route.query.get("text") ?? "";

  root.append(h("div", { class: "view-head" }, h("div", { class: "title-row" }, h("h1", {}, "Review"), says, h("span", { class: "end" }, apply.button)), progress,
    h("div", { class: "toolbar", role: "search" }, text, state)),
    h("div", { class: "review" }, h("div", { class: "rail-place" }, rail), h("div", { class: "suspect-place" }, apply.element, card)));

  const keys = [];
  function load() {
    replace(address("review", null, { state: state.value === "all" ? null : state.value, text: text.value, at: route.query.get("at") }));
    list?.leave();
    source = new Paged((offset, limit, signal) => get("suspects", { offset, limit, state: state.value, text: text.value }, signal), 60);
    source.addEventListener("change", onPage);
    list = new VirtualList({
      source, label: "Suspects", layout: () => ({ columns: 1, height: 56 }), create: () => new Row(), select: show,
      empty: () => text.value || state.value !== "all" ? "No suspect fits this filter."
        : "The audit finds no label that is more likely wrong than right.",
    });
    fill(rail, list.element);
    keys.splice(0, Infinity, ...list.keys("suspect").filter(key => !key.keys.includes("ArrowLeft") && !key.keys.includes("ArrowRight")), ...own);
    shown = null;
    fill(card, h("p", { class: "empty waiting" }, "Looking for labels that may be wrong …"));
  }

  function onPage() {
    if (source.error) return void fill(card, failure(source.error));
    if (source.total === 0) {
      fill(card, h("div", { class: "empty" }, h("p", {}, state.value === "open" ? "All suspects are decided." : "There is no suspect to look at."),
        state.value === "open" && store.decisions.size > 0 ? h("p", {}, "Apply the decisions to see what they are worth.") : null));
    } else if (shown === null && source.get(0)) start();
    tellProgress();
  }

  // Begins at the suspect of the address, else at the first open one.
  async function start() {
    const wanted = route.query.get("at");
    const at = wanted === null ? await nextOpen(-1) : source.indexOf(suspect => suspect.sample.index === Number(wanted));
    list.setCurrent(at < 0 ? 0 : at);
  }

  async function nextOpen(from) {
    for (let step = 1; step <= source.total; step++) {
      const at = (from + step) % source.total;
      const suspect = source.get(at) ?? await source.item(at);
      if (suspect && !store.decisions.has(suspect.sample.index)) return at;
      if (source.error) return -1;
    }
    return -1;
  }

  function tellProgress() {
    if (source.total === null) return;
    const { open } = source.answer;
    const all = state.value === "all" && !text.value ? source.total : null;
    const skipped = [...store.decisions.values()].filter(decision => decision.action === "skip").length;
    const decided = all === null ? null : Math.max(0, all - Math.min(all, openNow ?? open) - skipped);
    says.textContent = all === null ? `${count(source.total)} shown, ${count(openNow ?? open)} open in all` : `${count(decided)} of ${counted(all, "suspect")} decided${skipped > 0 ? `, ${count(skipped)} skipped` : ""}${store.decided > decided ? `, ${count(store.decided - decided)} of other samples` : ""}`;
    progress.hidden = all === null || all === 0;
    if (all) progress.value = decided / all;
  }

  // How many are open now; pages of the list may be older than the last decision.
  let openNow = null;
  async function countOpen() {
    try {
      openNow = (await get("suspects", { offset: 0, limit: 1, state: "open" })).open;
      tellProgress();
    } catch (error) {
      tellError(error);
    }
  }

  function show(suspect, at) {
    if (!suspect) return void source.item(at).then(item => item && list.current === at && show(item, at));
    shown = suspect;
    const { sample } = suspect;
    route.query.set("at", sample.index);
    replace(address("review", null, { state: state.value === "all" ? null : state.value, text: text.value, at: sample.index }));
    const hasSuggestion = suspect.suggested !== null && suspect.suggested !== undefined;
    const strip = (title, items, kind) => h("section", { class: `neighbour-strip ${kind}` }, h("h3", {}, title), items.length === 0 ? h("p", { class: "hint" }, "None is near.")
      : h("div", { class: "strip" }, items.map(item => new Tile(76).update(item, { line: tail(stem(item.id.slice(item.id.lastIndexOf("/") + 1)), 9) }).element)));
    const decision = h("p", { class: "decision", role: "status" });
    fill(card,
      h("div", { class: "suspect-main" }, imageBox(sample, 208), h("div", { class: "verdict" },
        h("p", { class: "eyebrow" }, `Suspect ${count(at + 1)} of ${count(source.total)}`), h("p", { class: "id" }, sample.id),
        h("dl", { class: "labels" }, h("div", {}, h("dt", {}, "Its label"), h("dd", { class: "label" }, sample.className)),
          h("div", {}, h("dt", {}, "Suggested"), h("dd", { class: "label suggested" }, hasSuggestion ? suspect.suggestedName : "nothing", hasSuggestion && suspect.confidence !== null ? h("span", { class: "chip number" }, `${percent(suspect.confidence, suspect.confidence > 0.999 ? 0 : 1)} sure`) : null))),
        h("p", { class: "why" }, suspect.why.replaceAll(" %", "\u202F%")),
        hasSuggestion && suspect.confidence !== null ? h("p", { class: "hint meaning" }, "How sure: the probability that the suggestion is right, by all detectors together. Votes: of its nearest neighbours alone.") : null, decision)),
      h("div", { class: "actions", role: "group", "aria-label": "Decision" },
        hasSuggestion ? keyButton("Accept", "a", () => decide("accept"), { class: "primary" }) : null, keyButton("Keep label", "s", () => decide("keep")), keyButton("Exclude", "x", () => decide("exclude")),
        keyButton("Other …", "r", relabel), keyButton("Skip", "␣", () => decide("skip")), keyButton("Undo", "u", undo, { class: "quiet" })),
      h("div", { class: "neighbour-strips" }, strip(`Near it, labelled ${sample.className}`, suspect.neighboursOfLabel, "of-label"),
        hasSuggestion ? strip(`Near it, labelled ${suspect.suggestedName}`, suspect.neighboursOfSuggested, "of-suggested") : null));
    card.scrollTop = 0;
    showDecision();
    for (const next of [1, 2, 3].map(step => source.get(at + step))) if (next?.sample.image) new Image().src = imageAddress(next.sample, 208);
  }

  function showDecision() {
    const place = card.querySelector(".decision");
    if (!place || !shown) return;
    const decision = store.decisions.get(shown.sample.index);
    const [sign, word] = wordsOf(decision);
    place.textContent = decision ? `${sign} ${word}` : "";
    place.dataset.state = decision?.action ?? "open";
  }

  async function decide(action, target) {
    if (busy || !shown) return;
    if (action === "accept" && (shown.suggested === null || shown.suggested === undefined)) return tell("There is no suggestion to accept; r chooses a class.");
    busy = true;
    const { sample } = shown;
    const at = list.current;
    card.classList.add("saving");
    try {
      const decision = await post("decisions", target === undefined ? { sample: sample.index, action } : { sample: sample.index, action, class: target });
      store.decisions.set(sample.index, decision);
      store.dispatchEvent(new Event("decisions"));
      const next = await nextOpen(at);
      if (next >= 0) list.setCurrent(next);
      else tell("All suspects of this list are decided. Apply shows what the decisions are worth.");
    } catch (error) {
      tellError(error);
    } finally {
      busy = false;
      card.classList.remove("saving");
    }
  }

  async function relabel() {
    if (!shown || busy) return;
    const suspect = shown;
    const target = await pickClass({ title: `Class of ${suspect.sample.id}`, classes: store.run.classes.train, first: suspect.suggested === null ? [] : [suspect.suggested], suggested: suspect.suggested, says: `Its label is ${suspect.sample.className}.` });
    if (target !== null && shown === suspect) await decide("relabel", target);
  }

  async function undo() {
    if (store.decisions.size === 0) return tell("There is nothing to undo.");
    if (busy) return;
    busy = true;
    try {
      const undone = await post("decisions/undo");
      await store.loadDecisions();
      const at = source.indexOf(suspect => suspect.sample.index === undone.sample.index);
      if (at >= 0) list.setCurrent(at);
      tell(`Undone: ${undone.sample.id} is ${wordsOf(store.decisions.get(undone.sample.index))[1]} again.`);
    } catch (error) {
      tellError(error);
    } finally {
      busy = false;
    }
  }

  const own = [
    { keys: ["a"], says: "Accept the suggested class", once: true, run: () => decide("accept") },
    { keys: ["s"], says: "Keep the label", once: true, run: () => decide("keep") },
    { keys: ["x"], says: "Exclude the sample", once: true, run: () => decide("exclude") },
    { keys: ["r"], says: "Give it another class", once: true, run: relabel },
    { keys: [" "], says: "Skip it", once: true, run: () => decide("skip") },
    { keys: ["u"], says: "Undo the last decision", once: true, run: undo },
    { keys: ["Shift+Enter"], says: "Apply: write the files and retrain", once: true, run: () => apply.ask() },
  ];

  const onDecisions = () => { list.refresh(); showDecision(); apply.draw(); countOpen(); };
  store.addEventListener("decisions", onDecisions);
  let typing = 0;
  text.addEventListener("input", () => { clearTimeout(typing); typing = setTimeout(load, 150); });
  text.addEventListener("keydown", event => { if (event.key === "Enter") list.element.focus(); });
  state.addEventListener("change", load);
  load();
  apply.draw();
  return { keys, focus: card, leave: () => { list.leave(); apply.leave(); store.removeEventListener("decisions", onDecisions); clearTimeout(typing); } };
}
