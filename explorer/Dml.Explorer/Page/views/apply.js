// Apply: writes relabels.csv and excludes.csv, retrains the head, and shows what the decisions are worth on queries that were not used.
import { h, fill, button } from "../dom.js";
import { post } from "../api.js";
import { store } from "../store.js";
import { follow, JobBar } from "../jobs.js";
import { tell, tellError } from "../toast.js";
import { counted, interval, percent, points, seconds } from "../format.js";

export class ApplyPanel {
  #busy = false;
  #applied = null; // what was decided when it was applied
  #stopFollowing = () => { };
  #text = h("span", {}, "Apply");
  button = h("button", { type: "button", onclick: () => this.ask(), "aria-keyshortcuts": "Shift+Enter" }, this.#text, h("kbd", { "aria-hidden": "true" }, "⇧ Enter"));
  #stale = h("p", { class: "hint", role: "status", hidden: true }, "Decisions have changed since; apply again to see what they are worth.");
  element = h("section", { class: "applied", "aria-label": "What the decisions are worth", hidden: true });

  constructor() {
    // A view that is opened while it runs follows it too.
    const running = [...store.jobs.values()].find(job => job.kind === "apply" && job.state === "running");
    if (running) this.#follow(running.id);
  }

  leave() {
    this.#stopFollowing();
  }

  draw() {
    const parts = [[store.relabels, "relabel"], [store.excludes, "exclusion"]].filter(([n]) => n > 0).map(([n, word]) => counted(n, word));
    this.#text.textContent = parts.length > 0 ? `Apply ${parts.join(", ")}` : "Apply";
    this.button.disabled = this.#busy;
    this.#stale.hidden = this.#applied === null || (this.#applied[0] === store.relabels && this.#applied[1] === store.excludes);
  }

  async ask() {
    if (this.#busy) return;
    if (store.relabels + store.excludes === 0) return tell("There is nothing to apply yet: accept, relabel or exclude a suspect first.");
    this.#busy = true;
    this.draw();
    try {
      this.#follow((await post("apply")).job);
    } catch (error) {
      this.#end();
      tellError(error);
    }
  }

  #follow(id) {
    this.#busy = true;
    const bar = new JobBar();
    this.#stopFollowing();
    this.#stopFollowing = follow(id, job => {
      this.element.hidden = false;
      if (job.state === "running") {
        bar.update(job);
        if (!bar.element.isConnected) fill(this.element, bar.element);
      } else {
        this.#end();
        this.#show(job);
      }
    });
  }

  #end() {
    this.#busy = false;
    this.draw();
  }

  #show(job) {
    const close = button("Close", () => { this.element.hidden = true; }, { class: "quiet small close" });
    if (job.state === "failed") return void fill(this.element, h("p", { class: "failure", role: "alert" }, job.error), close);
    if (job.state === "stopped") return void fill(this.element, h("p", { class: "hint" }, "Stopped; the decisions stand as they were."), close);
    const r = job.result;
    this.element.title = r.says;
    this.#applied = [r.relabels, r.excludes];
    fill(this.element, h("div", {}, h("h3", {}, "R@1 on the judged part"), h("p", { class: "big number" }, `${percent(r.before)} → ${percent(r.after)}`)),
      h("div", {}, h("p", {}, `${points(r.after - r.before)} points, 95 %: ${interval(r.low, r.high)}`, h("span", { class: "how" }, `; the mean of ${counted(r.heads, "head")} trained without and with the changes, on ${counted(r.judged, "query", "queries")}: a fixed half that is dealt out by chance.`)),
        h("p", { class: "hint how" }, `${counted(r.relabels, "relabel")} and ${counted(r.excludes, "exclusion")} written to ${r.files.map(file => file.split(/[\\/]/).at(-1)).join(" and ")} in the run; heads trained in ${seconds(r.seconds)}.`),
        h("details", {}, h("summary", {}, store.run.backbone ? "What trains all of the network with them" : "What fits a head anew with them"), h("p", {}, h("code", {}, r.next.replaceAll("`", "")))), this.#stale), close);
    this.draw();
  }
}
