// One error: what is near the query, what caused it by the estimator of choice, and what a change of the training data would do.
import { h, fill, button, keyButton } from "../dom.js";
import { get, post } from "../api.js";
import { store } from "../store.js";
import { address, go } from "../router.js";
import { imageBox, neighbourTile, who } from "../items.js";
import { errorSource } from "./errors.js";
import { pickClass } from "../pick.js";
import { WhatIf } from "./whatif.js";
import { failure, tell, tellError } from "../toast.js";
import { distance, seconds, signed } from "../format.js";

const top = 25;

export function mount(root, route) {
  if (!/^\d+$/.test(route.argument ?? "")) return noneChosen(root, route.argument);
  const index = Number(route.argument);
  store.memory.set("last error", `#/error/${index}`);
  const controller = new AbortController();
  const page = h("div", { class: "page", tabindex: "0", "aria-label": "The error and its causes" });
  const head = h("div", { class: "view-head" }, h("div", { class: "title-row" }, h("h1", {}, "…")));
  const causesCard = h("section", { class: "card", "aria-labelledby": "causes-title" });
  const whatIf = new WhatIf(index);
  const state = { causes: [], current: -1 };
  root.append(head, page, whatIf.element);

  get(`errors/${index}`, { k: 12 }, controller.signal).then(error => {
    const nearest = error.neighbours[0];
    const isError = nearest && !nearest.right;
    const title = !nearest ? `${error.query.className}, without neighbours` : isError ? `${error.query.className} taken for ${nearest.item.className}` : `${error.query.className}, found right`;
    document.title = `${title} – ${store.run.name}`;
    fill(head, h("div", { class: "title-row" }, button(`← ${from().title}`, back, { class: "quiet small back", "aria-keyshortcuts": "Escape" }), h("h1", {}, title), h("span", { class: "id" }, error.query.id),
      h("span", { class: "end" }, keyButton("Before", "p", () => step(-1), { class: "small" }), keyButton("Next", "n", () => step(1), { class: "small" }))));
    fill(page, h("section", { class: "card near", "aria-label": "The query and its neighbours" },
      h("div", { class: "near-query" }, imageBox(error.query, 160, "query"), who(error.query), h("span", { class: "hint" }, "the query")),
      h("div", { class: "near-list" }, h("div", { class: "title-row" }, h("h2", {}, `Nearest ${error.neighbours.length}`), h("span", { class: "hint" }, "by the distance of the embeddings as they are")), h("div", { class: "strip wrap" }, error.neighbours.map(n => link(n, neighbourTile(n, 80)))))), causesCard);
    if (!store.run.head) fill(causesCard, h("h2", { id: "causes-title" }, "Causes"), h("p", { class: "hint" },
      "These features come without a head, so nothing can be traced to training samples. Add head.weight and the loss's parameters to the file to see causes."));
    else if (!isError) fill(causesCard, h("h2", { id: "causes-title" }, "Causes"), h("p", { class: "hint" }, "The nearest neighbour has the query's class: there is no error to explain."));
    else loadCauses(route.query.get("estimator") ?? store.memory.get("estimator"));
  }).catch(problem => {
    if (problem.name === "AbortError") return;
    fill(head, h("div", { class: "title-row" }, button(`← ${from().title}`, back, { class: "quiet small back", "aria-keyshortcuts": "Escape" }), h("h1", {}, "One error")));
    fill(page, failure(problem));
  });

  function link(neighbour, tile) {
    const { item } = neighbour;
    return item.split === "test" ? h("a", { class: "plain", href: address("error", item.index), "aria-label": `${item.className}, ${item.id}, ${neighbour.right ? "right" : "wrong"}` }, tile.element) : tile.element;
  }

  let asked = 0;
  async function loadCauses(estimator) {
    const ticket = ++asked;
    const { estimators } = store.run;
    const chosen = estimators.find(e => e.name === estimator) ?? estimators.find(e => e.isDefault) ?? estimators[0];
    store.memory.set("estimator", chosen.name);
    const choose = h("select", { "aria-label": "Estimator" }, estimators.map(e => h("option", { value: e.name, selected: e === chosen }, e.name)));
    choose.addEventListener("change", () => { const hadFocus = document.activeElement === choose; loadCauses(choose.value).then(() => hadFocus && causesCard.querySelector("select")?.focus()); });
    const took = h("span", { class: "hint number" }, "working …");
    const bodyPlace = h("div", { class: "causes", "aria-busy": "true" });
    fill(causesCard, h("div", { class: "title-row" }, h("h2", { id: "causes-title" }, "Causes"), h("label", { class: "field" }, "by", choose), took), h("details", { class: "hint" }, h("summary", {}, `What ${chosen.name} does`), chosen.says), bodyPlace);
    try {
      const answer = await get(`errors/${index}/causes`, { estimator: chosen.name, top }, controller.signal);
      if (ticket !== asked) return;
      took.textContent = `${seconds(answer.seconds)} · squared distance of the unit embeddings ${distance(answer.distance)}`;
      showCauses(bodyPlace, answer);
    } catch (problem) {
      if (ticket !== asked || problem.name === "AbortError") return;
      took.textContent = "";
      fill(bodyPlace, failure(problem));
    }
    bodyPlace.setAttribute("aria-busy", "false");
  }

  function showCauses(place, { signed: isSigned, harmful, helpful, notes }) {
    const most = Math.max(...[...harmful, ...helpful].map(cause => Math.abs(cause.harm)), 1e-30);
    state.causes = [];
    const column = (title, says, kind, causes) => h("section", { class: `column ${kind}` }, h("h3", {}, title), h("p", { class: "hint" }, says),
      causes.length === 0 ? h("p", { class: "hint" }, "None.") : h("ol", {}, causes.map(cause => row(cause, most))));
    fill(place, notes?.map(note => h("p", { class: "warning" }, note)) ?? [], h("div", { class: "columns" },
      isSigned === false ? column("Most relevant", "This estimator does not tell harm from help.", "relevant", harmful) : [
        column("▲ Most harmful", "Training on these makes the error worse.", "harmful", harmful),
        column("▼ Most helpful", "Training on these makes the error smaller.", "helpful", helpful)]));
    state.current = -1;
  }

  function row(cause, most) {
    const at = state.causes.length;
    const bar = h("span", {});
    bar.style.width = `${100 * Math.abs(cause.harm) / most}%`;
    const mark = h("select", { "aria-label": `What if, of ${cause.item.id}` }, [["", "as it is"], ["drop", "drop"], ["relabel", "relabel …"], ["merge", "merge …"]].map(([value, name]) => h("option", { value }, name)));
    mark.value = whatIf.actionOf(cause.item.index) ?? "";
    mark.addEventListener("change", () => choose(at, mark.value));
    const element = h("li", { class: "cause", tabindex: "-1", "aria-label": `${cause.item.className}, ${cause.item.id}, harm ${signed(cause.harm)}` }, imageBox(cause.item, 52), who(cause.item),
      h("span", { class: "harm number" }, signed(cause.harm), h("span", { class: "meter", "aria-hidden": "true" }, bar)), mark, h("span", { class: "hint why" }, cause.why));
    element.addEventListener("focusin", () => setCurrent(at, false));
    state.causes.push({ cause, element, mark });
    return element;
  }

  function setCurrent(at, focus = true) {
    if (state.causes.length === 0) return;
    state.causes[state.current]?.element.classList.remove("current");
    state.current = Math.min(Math.max(at, 0), state.causes.length - 1);
    const { element } = state.causes[state.current];
    element.classList.add("current");
    if (!focus) return;
    element.focus({ preventScroll: true });
    element.scrollIntoView({ block: "nearest" });
  }

  async function choose(at, action) {
    const chosen = state.causes[at];
    if (!chosen) return;
    const { item } = chosen.cause;
    let target = null;
    if (action === "relabel" || action === "merge") {
      const others = state.causes.map(c => c.cause.item.class).filter(c => c !== item.class);
      target = await pickClass({
        classes: store.run.classes.train.filter(c => c.class !== item.class), title: action === "relabel" ? `${item.id} gets the label` : `${item.className} becomes one class with`, first: [...new Set(others)].slice(0, 3), says: `Its label is ${item.className}. First stand the classes of the other causes.`,
      });
      if (target === null) action = whatIf.actionOf(item.index) ?? "";
      else whatIf.set(item, action, target);
    } else whatIf.set(item, action || null, null);
    for (const other of state.causes) if (other.cause.item.index === item.index) other.mark.value = action;
    chosen.element.focus({ preventScroll: true });
  }

  // The panel at the foot takes room from the causes: the one that keys mean stays in sight.
  const resized = new ResizeObserver(() => state.causes[state.current]?.element.scrollIntoView({ block: "nearest" }));
  resized.observe(page);
  whatIf.onremove = index => { for (const c of state.causes) if (c.cause.item.index === index) c.mark.value = ""; };

  async function step(by) {
    const { source } = store.memory.get("errors") ?? errorSource(new URLSearchParams());
    try {
      let at = source.indexOf(error => error.query.index === index);
      for (let page = 0; at < 0 && page < 40 && (source.total === null || page * 50 < source.total); page++) { // Opened by its address: it is looked for in the list.
        await source.item(page * 50);
        if (source.error) throw source.error;
        at = source.indexOf(error => error.query.index === index);
      }
      const next = await source.item(Math.max(0, at + by));
      if (source.error) throw source.error;
      if (!next || next.query.index === index) return tell(by > 0 ? "This is the last error of the list." : "This is the first error of the list.");
      store.memory.get("errors").place.current = source.indexOf(error => error === next);
      go(address("error", next.query.index));
    } catch (problem) {
      tellError(problem);
    }
  }

  // The list of errors remembers its filter and place; other views have an address.
  function from() {
    const came = store.memory.get("came from");
    return came && came.title !== "Errors" ? came : { hash: store.memory.get("errors")?.hash ?? "#/errors", title: "Errors" };
  }

  function back() {
    go(from().hash);
  }

  const nextEstimator = () => {
    const names = store.run.estimators.map(e => e.name);
    if (names.length > 0 && causesCard.querySelector("select")) loadCauses(names[(names.indexOf(store.memory.get("estimator")) + 1) % names.length]);
  };
  return {
    focus: page, back,
    leave: () => { controller.abort(); resized.disconnect(); whatIf.leave(); },
    keys: [
      { keys: ["j", "ArrowDown"], says: "Next cause", run: () => setCurrent(state.current + 1) },
      { keys: ["k", "ArrowUp"], says: "Cause before", run: () => setCurrent(state.current - 1) },
      { keys: ["n"], says: "Next error", run: () => step(1) },
      { keys: ["p"], says: "Error before", run: () => step(-1) },
      { keys: ["e"], says: "Next estimator", run: nextEstimator },
      { keys: ["d"], says: "What if: drop the cause", run: () => choose(state.current, "drop") },
      { keys: ["r"], says: "What if: relabel it", run: () => choose(state.current, "relabel") },
      { keys: ["m"], says: "What if: merge its class with another", run: () => choose(state.current, "merge") },
      { keys: ["c"], says: "Leave it as it is", run: () => choose(state.current, "") },
      { keys: ["w"], says: "Predict and retrain", once: true, run: () => whatIf.ask() },
    ],
  };
}

function noneChosen(root, argument) {
  root.append(h("div", { class: "view-head" }, h("h1", {}, "One error")), h("div", { class: "empty" },
    h("p", {}, argument === null ? "No error has been opened yet." : `Expected the number of a test item in the address, found "${argument}".`), h("p", {}, h("a", { class: "button", href: "#/errors" }, "Choose one in Errors"))));
  return { back: () => go("#/errors"), keys: [{ keys: ["Enter"], says: "To the errors", run: () => go("#/errors") }] };
}
