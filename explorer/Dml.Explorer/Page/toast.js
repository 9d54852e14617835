// Short messages at the foot of the page, read aloud by screen readers. Failures stay longer, and until a click.
import { h } from "./dom.js";

const place = document.getElementById("toasts");

export function tell(text, { failure = false } = {}) {
  const toast = h("div", { class: failure ? "toast failure" : "toast", role: failure ? "alert" : null }, text);
  toast.addEventListener("click", () => toast.remove());
  for (const old of [...place.children].slice(0, -2)) old.remove();
  place.append(toast);
  setTimeout(() => toast.remove(), failure ? 12_000 : 3_500);
}

/** Tells of a failure; a request that was given up is none. */
export function tellError(error) {
  if (error.name === "AbortError") return;
  tell(error.message, { failure: true });
}

/** What a view shows in place of what it could not get. */
export const failure = error => h("p", { class: "failure", role: "alert" }, error.message);
