// The view in the page's address, so that a link opens it.

const NUMBERS = ["x", "y", "zoom"];
const WORDS = ["image", "a", "b", "mode"];

/** What an address asks for; what it does not name is left out. */
export function readAddress(hash) {
  const said = new URLSearchParams(hash.replace(/^#/, ""));
  const wanted = {};
  for (const name of WORDS) if (said.has(name)) wanted[name] = said.get(name);
  for (const name of NUMBERS) {
    const value = Number(said.get(name) ?? NaN);
    if (Number.isFinite(value)) wanted[name] = value;
  }
  return wanted;
}

/** The address of a view: place and zoom are named only where they were chosen. */
export function addressOf({ image, mapOf }, view, mode) {
  const words = { image: image.key, a: mapOf("first").key, b: mapOf("second").key, mode };
  const { x, y } = view.centre;
  const place = { x: x.toFixed(1), y: y.toFixed(1), zoom: view.scale.toPrecision(4) };
  return `#${new URLSearchParams(view.isFitted ? words : { ...words, ...place })}`;
}
