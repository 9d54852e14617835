// Keys are registered with the words that the sheet of keys shows, so that the sheet cannot differ from what they do.

const layers = []; // { title, keys: [{ keys: ["j", "ArrowDown"], says, run }] }; the last one is asked first.

/** Adds a layer of keys; what it returns takes it away. */
export function register(title, keys) {
  const layer = { title, keys };
  layers.push(layer);
  return () => layers.splice(layers.indexOf(layer), 1);
}

export const sheet = () => layers.map(({ title, keys }) => ({ title, keys: keys.filter(k => k.says) })).filter(layer => layer.keys.length > 0);

/** The name of a key press. Letters are small unless Shift is held, so that Caps Lock changes nothing. */
export function nameOf(event) {
  const key = event.key.length === 1 && !event.shiftKey ? event.key.toLowerCase() : event.key;
  return event.shiftKey && (key.length > 1 || /[a-z]/i.test(key)) ? `Shift+${key.length > 1 ? key : key.toLowerCase()}` : key;
}

const shown = { ArrowDown: "↓", ArrowUp: "↑", ArrowLeft: "←", ArrowRight: "→", Escape: "Esc", " ": "Space", "Shift+Enter": "⇧ Enter", "Shift+g": "⇧ g", PageDown: "PgDn", PageUp: "PgUp" };
export const show = key => shown[key] ?? key;

const types = "input:not([type=checkbox],[type=radio],[type=file]), textarea, select";

function onKey(event) {
  if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
  if (document.querySelector("dialog[open]")) return; // A dialog has its own keys; Esc closes it.
  if (event.target.closest?.(types)) {
    if (event.key === "Escape") event.target.blur();
    return;
  }

  const name = nameOf(event);
  if ((name === "Enter" || name === " ") && event.target.closest?.("button, a[href]:not([role=option]), summary")) return; // What has the focus is pressed.
  for (const { keys } of layers.toReversed()) {
    const found = keys.find(k => k.keys.includes(name));
    if (!found) continue;
    if (event.repeat && found.once) return void event.preventDefault();
    event.preventDefault();
    return void found.run(event);
  }
}

document.addEventListener("keydown", onKey);
