// Addresses are #/view/argument?filter=…: they can be kept, sent and gone back to.

export function parse(hash) {
  const [path, query = ""] = hash.replace(/^#\/?/, "").split("?");
  const [name, argument] = path.split("/");
  return { name: name || "errors", argument: argument === undefined ? null : decodeURIComponent(argument), query: new URLSearchParams(query), hash };
}

export function address(name, argument = null, query = {}) {
  const entries = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== "");
  const text = new URLSearchParams(entries).toString();
  return `#/${name}${argument === null ? "" : `/${argument}`}${text ? `?${text}` : ""}`;
}

export const go = hash => { location.hash = hash; };

/** Changes the address without a step to go back to, for filters that follow typing. What a view that was left still wants to say is passed over. */
export function replace(hash) {
  if (parse(hash).name !== parse(location.hash).name) return;
  history.replaceState(null, "", hash);
  dispatchEvent(new Event("replaced"));
}
