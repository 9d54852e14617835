// The one place that talks to the server. A failure becomes an ApiError with the server's sentence.

export class ApiError extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

const gone = "The explorer does not answer; start it again with `dml open` and use the address that it prints.";

async function request(path, options) {
  let response;
  try {
    response = await fetch(path, { credentials: "same-origin", ...options });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError(gone, 0);
  }

  if (response.status === 202) return prepared(path, options, response);

  // The body may be cut short by a server that ends.
  const text = await response.text().catch(error => { throw error.name === "AbortError" ? error : new ApiError(gone, 0); });
  let data = null;
  try { data = JSON.parse(text); } catch { /* A page of a proxy or an empty body is told by its status below. */ }
  if (!response.ok) throw new ApiError(data?.error ?? `The explorer answered ${response.status} to ${path.split("?")[0]}.`, response.status);
  return data;
}

// What is asked for is being made (neighbours of a large run, an audit). The sidebar shows the job; this asks again until it is there.
async function prepared(path, options, response) {
  await response.text();
  const wait = Math.min(1500, (options.wait ?? 100) * 1.5);
  await new Promise(resolve => setTimeout(resolve, wait));
  options.signal?.throwIfAborted();
  return request(path, { ...options, wait });
}

function withQuery(path, parameters) {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(parameters ?? {})) if (value !== undefined && value !== null && value !== "") query.set(key, value);
  const text = query.toString();
  return text ? `${path}?${text}` : path;
}

export const get = (path, parameters, signal) => request(withQuery(`/api/${path}`, parameters), { signal });

// The header makes a browser ask before it sends this for another site, and the server refuses what comes without.
export const post = (path, body = {}, signal) => request(`/api/${path}`, {
  method: "POST", signal, headers: { "Content-Type": "application/json", "X-Dml": "1" }, body: JSON.stringify(body),
});

export const postImage = (path, blob, signal) => request(`/api/${path}`, {
  method: "POST", signal, headers: { "Content-Type": blob.type || "image/unknown", "X-Dml": "1" }, body: blob,
});

/** The address of an item's image; few sizes, so that the server's cache of thumbnails stays small. */
export function imageAddress(item, box) {
  const wanted = box * Math.min(2, window.devicePixelRatio || 1);
  const size = [96, 160, 320, 640, 1280].find(s => s >= wanted * 0.9) ?? 1280;
  return `/api/images/${item.split}/${item.index}?size=${size}`;
}
