// A long list that is fetched page by page as it is looked at.

export class Paged extends EventTarget {
  #load;
  #size;
  #pages = new Map();
  #waiting = new Map();
  total = null;
  error = null;

  /** @param load (offset, limit, signal) => Promise<{ total, items }> */
  constructor(load, size = 60) {
    super();
    this.#load = load;
    this.#size = size;
  }

  get(index) {
    return this.#pages.get(Math.floor(index / this.#size))?.[index % this.#size];
  }

  /** Fetches what is missing of a range and lets go of requests that are no longer looked at. */
  ensure(from, to) {
    const [first, last] = [Math.max(0, Math.floor(from / this.#size)), Math.floor(Math.max(from, to - 1) / this.#size)];
    for (const [page, waiting] of this.#waiting) if (page < first - 1 || page > last + 1) waiting.controller.abort();
    for (let page = first; page <= last; page++) if (this.total === null || page * this.#size < this.total || page === 0) this.#fetch(page);
  }

  /** One item, fetched if it must be; undefined beyond the end. */
  async item(index) {
    if (index < 0 || (this.total !== null && index >= this.total)) return undefined;
    await this.#fetch(Math.floor(index / this.#size));
    return this.get(index);
  }

  /** The index of the first loaded item that fits, or -1. */
  indexOf(fits) {
    for (const [page, items] of this.#pages) {
      const at = items.findIndex(fits);
      if (at >= 0) return page * this.#size + at;
    }
    return -1;
  }

  #fetch(page) {
    if (this.#pages.has(page)) return Promise.resolve();
    if (this.#waiting.has(page)) return this.#waiting.get(page).promise;
    const controller = new AbortController();
    const promise = this.#load(page * this.#size, this.#size, controller.signal).then(answer => {
      this.#pages.set(page, answer.items);
      this.total = answer.total;
      this.answer = answer;
      this.error = null;
    }).catch(error => {
      if (error.name !== "AbortError") this.error = error;
    }).finally(() => {
      this.#waiting.delete(page);
      this.dispatchEvent(new Event("change"));
    });
    this.#waiting.set(page, { promise, controller });
    return promise;
  }
}

/** A list that is there as a whole, with Paged's face. */
export class Whole extends EventTarget {
  constructor(items) {
    super();
    this.items = items;
  }

  get total() { return this.items.length; }
  get(index) { return this.items[index]; }
  ensure() { /* nothing to fetch */ }
  async item(index) { return this.items[index]; }
  indexOf(fits) { return this.items.findIndex(fits); }
}
