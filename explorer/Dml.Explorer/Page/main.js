// The frame around the views: which one is open, the sidebar, the keys that work everywhere.
import { h, fill, button } from "./dom.js";
import { parse, address, go } from "./router.js";
import { register, sheet, show } from "./keys.js";
import { store } from "./store.js";
import { failure } from "./toast.js";
import { jobList } from "./jobs.js";
import { count, percent, number } from "./format.js";
import * as errors from "./views/errors.js";
import * as error from "./views/error.js";
import * as review from "./views/review.js";
import * as classes from "./views/classes.js";
import * as map from "./views/map.js";
import * as duplicates from "./views/duplicates.js";
import * as search from "./views/search.js";
import * as runs from "./views/runs.js";

// In the order of the keys 1 to 8. One error stands below Errors and takes the place of it until one is chosen.
const views = [
  { name: "errors", title: "Errors", view: errors, figure: run => run.counts.errors },
  { name: "error", title: "One error", view: error },
  { name: "review", title: "Review", view: review },
  { name: "classes", title: "Classes", view: classes, figure: run => run.counts.testClasses },
  { name: "map", title: "Map", view: map },
  { name: "duplicates", title: "Duplicates", view: duplicates },
  { name: "search", title: "Search", view: search },
  { name: "runs", title: "Runs", view: runs },
];

const place = document.getElementById("view");
let open = null; // { name, view, leave, removeKeys }
let last = ""; // the address of what is open, which a view may change while it is

function mount() {
  const route = parse(location.hash);
  const found = views.find(v => v.name === route.name);
  if (!found) return go("#/errors");
  if (open?.name === found.name && open.view.route?.(route)) return;
  if (found.name === "error" && open && open.name !== "error") store.memory.set("came from", { hash: last, title: views.find(v => v.name === open.name).title });
  last = location.hash;
  open?.view.leave?.();
  open?.removeKeys();
  for (const link of document.querySelectorAll("nav a")) link.toggleAttribute("aria-current", false);
  document.querySelector(`nav a[data-view=${found.name}]`)?.setAttribute("aria-current", "page");
  document.querySelector("nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
  document.title = `${found.title} – ${store.run.name}`;

  const root = h("div", { class: `view view-${found.name}` });
  place.setAttribute("aria-busy", "false");
  fill(place, root);
  const view = found.view.mount(root, route);
  open = { name: found.name, view, removeKeys: register(found.title, view.keys ?? []) };
  (view.focus ?? root.querySelector(".scroller") ?? place).focus({ preventScroll: true });
}

function goTo(name) {
  // Back to the error that was looked at last, if there was one.
  go(name === "error" ? store.memory.get("last error") ?? "#/error" : address(name));
}

function buildSide(run) {
  const shown = value => value === null ? "" : count(value);
  const told = run.quality.filter(({ name }) => ["R@1", "MAP@R", "NMI"].includes(name.split(",")[0]));
  const figures = (told.length > 0 ? told : run.quality.slice(0, 3)).map(({ name, value, says }) =>
    h("div", { class: "figure", title: says }, h("dt", {}, name), h("dd", { class: "number" }, value !== null && value >= 0 && value <= 1 ? percent(value) : number(value))));
  const nav = h("nav", { "aria-label": "Views" }, views.map(({ name, title, figure }, at) => h("a", {
    href: name === "error" ? "#/error" : address(name), dataset: { view: name },
    onclick: name === "error" ? event => { event.preventDefault(); goTo(name); } : null,
  }, h("span", { class: "nav-title" }, title), figure ? h("span", { class: "nav-figure number", dataset: { figure: name } }, shown(figure(run))) : null, h("kbd", { "aria-hidden": "true" }, String(at + 1)))));
  store.addEventListener("counts", () => { nav.querySelector("[data-figure=errors]").textContent = shown(run.counts.errors); });
  const suspects = h("span", { class: "nav-figure number" });
  nav.querySelector("[data-view=review] .nav-title").after(suspects);
  const showDecisions = () => { suspects.textContent = store.decided > 0 ? `${count(store.decided)} decided` : ""; };
  store.addEventListener("decisions", showDecisions);

  const theme = button("", () => window.dmlTheme.toggle(), { class: "quiet", "aria-keyshortcuts": "t" });
  const showTheme = () => fill(theme, window.dmlTheme.isDark() ? "☀ Light" : "☾ Dark", h("kbd", { "aria-hidden": "true" }, "t"));
  document.addEventListener("themechange", showTheme);
  showTheme();

  fill(document.getElementById("side"),
    h("div", { class: "brand" }, h("p", { class: "eyebrow" }, "Dml explorer"), h("p", { class: "run-name", title: run.folder }, run.name),
      h("p", { class: "hint run-parts" }, [run.dataset, run.backbone, run.loss].filter(Boolean).join(" · "))),
    nav,
    h("div", { class: "side-foot" }, jobList(), warned(run.warnings), h("dl", { class: "figures" }, figures),
      h("div", { class: "tools" }, theme, button(["Keys", h("kbd", { "aria-hidden": "true" }, "?")], showKeys, { class: "quiet", "aria-keyshortcuts": "?" }))));
  document.getElementById("side").hidden = false;
}

/** What a reader of the run must know; folded, so that it is seen in every view and in the way in none. */
function warned(warnings) {
  if (!warnings?.length) return null;
  return h("details", { class: "warning" }, h("summary", {}, warnings.length === 1 ? "A warning" : `${warnings.length} warnings`), warnings.map(warning => h("p", { class: "hint" }, warning)));
}

function showKeys() {
  const close = () => { dialog.close(); dialog.remove(); };
  const groups = sheet().toReversed().map(({ title, keys }) => h("section", {}, h("h3", {}, title), h("dl", { class: "keys" }, keys.map(({ keys: names, says }) =>
    h("div", {}, h("dt", {}, names.filter(name => name !== "Shift+?").slice(0, 2).map(name => h("kbd", {}, show(name)))), h("dd", {}, says))))));
  const dialog = h("dialog", { class: "sheet", "aria-labelledby": "keys-title" }, h("div", { class: "sheet-head" }, h("h2", { id: "keys-title" }, "Keys"), button("Close", close)),
    h("div", { class: "sheet-groups" }, groups));
  dialog.addEventListener("cancel", event => { event.preventDefault(); close(); });
  dialog.addEventListener("keydown", event => { if (event.key === "?") close(); });
  document.body.append(dialog);
  dialog.showModal();
}

register("Everywhere", [
  ...views.map(({ name, title }, at) => ({ keys: [String(at + 1)], says: title, run: () => goTo(name) })),
  { keys: ["/"], says: "To the filter", run: () => document.querySelector("#view [data-filter]")?.focus() },
  { keys: ["t"], says: "Light or dark", run: () => window.dmlTheme.toggle() },
  { keys: ["?", "Shift+?"], says: "These keys", run: showKeys },
  { keys: ["Escape"], says: "Back", run: () => open?.view.back?.() },
]);

try {
  const run = await store.open();
  await store.loadDecisions();
  buildSide(run);
  window.addEventListener("hashchange", mount);
  window.addEventListener("replaced", () => { last = location.hash; });
  mount();
} catch (problem) {
  place.setAttribute("aria-busy", "false");
  fill(place, h("div", { class: "view" }, h("h1", {}, "The run cannot be shown"), failure(problem)));
  if (problem.status === undefined) throw problem; // A defect of the page belongs on the console.
}
