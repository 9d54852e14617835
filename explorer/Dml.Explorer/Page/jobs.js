// Long work: how far it is, and a way to stop it. Events bring its progress; a look now and then covers for lost ones.
import { h, fill, button } from "./dom.js";
import { get, post } from "./api.js";
import { store } from "./store.js";
import { tellError } from "./toast.js";

/** Follows a job to its end. @returns a function that stops following; the job goes on. */
export function follow(id, change) {
  let ended = false;
  const take = job => {
    if (ended || job.id !== id) return;
    ended = job.state !== "running";
    if (ended) stop();
    change(job);
  };
  const onJob = event => take(event.detail);
  const look = () => get(`jobs/${id}`).then(job => { if (!ended) store.setJob(job); }).catch(error => { if (error.status === 404) { stop(); tellError(error); } });
  const timer = setInterval(look, 2000);
  const stop = () => {
    clearInterval(timer);
    store.removeEventListener("job", onJob);
  };
  store.addEventListener("job", onJob);
  const known = store.jobs.get(id);
  if (known) take(known);
  if (!ended) look();
  return stop;
}

/** A bar with what a job does, and a button that stops it. It is kept while the job runs, so that the button can be pressed between two events. */
export class JobBar {
  #says = h("span", { class: "job-says" });
  #bar = h("progress", { max: "1" });
  element = h("div", { class: "job" }, this.#says, this.#bar, button("Stop", () => this.#stop(), { class: "small" }));

  update(job) {
    this.job = job;
    const says = job.says || job.kind;
    this.#says.textContent = says;
    this.#bar.setAttribute("aria-label", says);
    // Full, yet not done: what comes next says nothing of how far it is.
    if (job.progress === null || job.progress === undefined || job.progress >= 1) this.#bar.removeAttribute("value");
    else this.#bar.value = job.progress;
    return this;
  }

  #stop() {
    post(`jobs/${this.job.id}/stop`).then(stopped => stopped?.id && store.setJob(stopped)).catch(tellError);
  }
}

/** The running jobs, at the foot of the sidebar, whatever view is open. */
export function jobList() {
  const bars = new Map();
  const element = h("div", { class: "jobs", role: "group", "aria-label": "Running work" });
  store.addEventListener("job", ({ detail: job }) => {
    if (job.state !== "running") bars.delete(job.id);
    else bars.set(job.id, (bars.get(job.id) ?? new JobBar()).update(job));
    const shown = [...bars.values()].map(bar => bar.element);
    if (shown.length !== element.children.length || shown.some((bar, at) => element.children[at] !== bar)) fill(element, shown);
  });
  return element;
}
