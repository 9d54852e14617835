// What all views share: the run, the decisions as they stand, and jobs. Events of the server keep it true in every window.
import { get } from "./api.js";

class Store extends EventTarget {
  run = null;
  decisions = new Map(); // by training index
  decided = 0; // without those that were skipped, which wait for another time
  relabels = 0;
  excludes = 0;
  jobs = new Map();
  #names = {};
  memory = new Map(); // what a view wants to find again: the place in a list by its address

  async open() {
    this.run = await get("run");
    this.#listen();
    return this.run;
  }

  /** The name of a class by its label. */
  className(split, label) {
    this.#names[split] ??= new Map(this.run.classes[split].map(({ class: c, name }) => [c, name]));
    return this.#names[split].get(label) ?? `class ${label}`;
  }

  /** How many errors there are is known once they have been looked for. */
  setErrors(count) {
    if (this.run.counts.errors === count) return;
    this.run.counts.errors = count;
    this.dispatchEvent(new Event("counts"));
  }

  async loadDecisions() {
    const { decisions, relabels, excludes } = await get("decisions");
    this.decisions = new Map(decisions.map(decision => [decision.sample.index, decision]));
    this.decided = decisions.filter(decision => decision.action !== "skip").length;
    this.relabels = relabels;
    this.excludes = excludes;
    this.dispatchEvent(new Event("decisions"));
  }

  setJob(job) {
    // An answer that comes late must not bring a job back that an event has ended.
    const known = this.jobs.get(job.id);
    if (known && known.state !== "running" && job.state === "running") return;
    this.jobs.set(job.id, job);
    this.dispatchEvent(new CustomEvent("job", { detail: job }));
  }

  #listen() {
    const events = new EventSource("/api/events");
    // Lines may have been missed before a connection stands, so each one begins with all decisions.
    events.addEventListener("open", () => this.#refresh());
    events.addEventListener("decision", () => this.#refresh());
    events.addEventListener("job", event => {
      this.setJob(JSON.parse(event.data));
    });
    window.addEventListener("pagehide", () => events.close());
  }

  // Decisions may come fast; one look after the last of them is enough.
  #timer = 0;
  #refresh() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.loadDecisions().catch(() => { /* The next event or action tells. */ }), 20);
  }
}

export const store = new Store();
