// The bar at the foot of One error: changes of the training data, what the estimator predicts of them, and what retraining shows.
import { h, fill, button, keyButton } from "../dom.js";
import { post } from "../api.js";
import { store } from "../store.js";
import { follow, JobBar } from "../jobs.js";
import { tell, tellError } from "../toast.js";
import { counted, distance, interval, number, percent, points, seconds } from "../format.js";

const verbs = { drop: "drop", relabel: "relabel", merge: "merge" };

export class WhatIf {
  #error;
  #changes = new Map(); // by training index: { item, action, class }
  #chips = h("ul", { class: "changes", "aria-label": "Changes" });
  #results = h("div", { class: "what-if-results" });
  #ask = keyButton("Predict and retrain", "w", () => this.ask(), { class: "primary" });
  #stopFollowing = () => { };
  #isAsking = false;
  #model = 0; // the squared distance before any training
  onremove = () => { };

  constructor(error) {
    this.#error = error;
    // What was marked is there again when one comes back to the error.
    const kept = store.memory.get(`what if ${error}`);
    if (kept) this.#changes = kept;
    else store.memory.set(`what if ${error}`, this.#changes);
    this.element = h("section", { class: "what-if", "aria-label": "What if", hidden: true },
      h("div", { class: "what-if-head" }, h("h2", {}, "What if"), this.#chips, this.#ask), this.#results);
    this.#draw();
  }

  leave() {
    this.#stopFollowing();
  }

  actionOf(index) {
    return this.#changes.get(index)?.action;
  }

  set(item, action, target) {
    if (action) this.#changes.set(item.index, { item, action, class: target });
    else this.#changes.delete(item.index);
    this.#stopFollowing();
    this.#isAsking = false;
    fill(this.#results);
    this.#draw();
  }

  #draw() {
    this.element.hidden = this.#changes.size === 0;
    this.#ask.disabled = this.#isAsking;
    fill(this.#chips, [...this.#changes.values()].map(({ item, action, class: target }) => h("li", { class: "change" },
      h("b", {}, verbs[action]), h("span", { class: "change-what" }, action === "merge" ? item.className : item.id, target === null ? "" : ` → ${store.className("train", target)}`),
      button("×", () => { this.set(item, null, null); this.onremove(item.index); }, { class: "quiet small", "aria-label": `Take back: ${verbs[action]} ${item.id}` }))));
  }

  async ask() {
    if (this.#changes.size === 0) return tell("Mark a cause first: d drops it, r relabels it, m merges its class with another.");
    if (this.#isAsking) return; // The server would answer with the running job; asking again tells nothing new.
    this.#isAsking = true;
    this.#draw();
    const predicted = h("div", { class: "outcome" });
    const truth = h("div", { class: "outcome" }, h("h3", {}, "Retrained"), h("p", { class: "hint" }, "starts …"));
    const recall = h("div", { class: "outcome" });
    fill(this.#results, predicted, truth, recall);
    const changes = [...this.#changes.values()].map(({ item, action, class: target }) => target === null ? { sample: item.index, action } : { sample: item.index, action, class: target });
    try {
      const answer = await post("what-if", { error: this.#error, changes, estimator: store.memory.get("estimator") ?? null });
      this.#model = answer.predicted.distance;
      showPrediction(predicted, answer.predicted);
      const bar = new JobBar();
      this.#stopFollowing();
      this.#stopFollowing = follow(answer.job, job => this.#onJob(job, bar, truth, recall));
    } catch (problem) {
      fill(this.#results);
      this.#end();
      tellError(problem);
    }
  }

  #end() {
    this.#isAsking = false;
    this.#draw();
  }

  #onJob(job, bar, truth, recall) {
    if (job.state === "running") {
      bar.update(job);
      if (!bar.element.isConnected) fill(truth, h("h3", {}, "Retrained"), bar.element);
      return;
    }
    this.#end();
    if (job.state === "failed") return void fill(truth, h("h3", {}, "Retrained"), h("p", { class: "failure", role: "alert" }, job.error));
    if (job.state === "stopped") return void fill(truth, h("h3", {}, "Retrained"), h("p", { class: "hint" }, "Stopped before the end."));
    const { distance: d, recall: r, seconds: s } = job.result;
    showDistance(truth, "Retrained", d.before, d.after, `two heads, trained on from the model (${distance(this.#model)}) without and with the changes, in ${seconds(s)}`);
    fill(recall, h("h3", {}, "R@1 of the others"), h("p", { class: "big number" }, `${percent(r.before)} → ${percent(r.after)}`),
      h("p", { class: "hint" }, `${points(r.after - r.before)} points, 95 %: ${interval(r.low, r.high)}; ${counted(r.judged, "query", "queries")} that were not used`));
  }
}

function showPrediction(place, { distance: before, after, estimator, says }) {
  if (after === null) fill(place, h("h3", {}, `Predicted by ${estimator}`), h("p", { class: "hint" }, says));
  else showDistance(place, `Predicted by ${estimator}`, before, after, "of the model as it is, without training");
  place.title = says;
}

function showDistance(place, title, before, after, says) {
  const change = after - before;
  const word = change > 0 ? "farther: the error shrinks" : change < 0 ? "nearer: the error grows" : "no change";
  fill(place, h("h3", {}, `${title}: squared distance`), h("p", { class: "big number" }, `${distance(before)} → ${distance(after)}`),
    h("p", { class: "hint" }, `${change > 0 ? "↗" : change < 0 ? "↘" : "="} ${number(100 * Math.abs(change) / Math.max(before, 1e-12), 2)} % ${word}; ${says}`));
}
