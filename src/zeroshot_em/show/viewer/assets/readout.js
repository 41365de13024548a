// The values under the cursor, as text; spoken when the keys move it.
import { SIDES } from "./comparison.js";
import { decimalsOf } from "./display.js";

const SPEECH_DELAY_MS = 200;
let waiting = null;

function valueText(map, channels, index) {
  const decimals = decimalsOf(map.step);
  return channels
    .map((levels) => (levels[index] * map.step).toFixed(decimals).replace("-", "−"))
    .join(" ");
}

function positionText({ x, y }, pixelSizeNm) {
  if (!pixelSizeNm) return "–";
  return `${(x * pixelSizeNm).toFixed(1)}, ${(y * pixelSizeNm).toFixed(1)} nm`;
}

export function showValues({ image, loaded }, cursor) {
  const texts = { pixel: "–", position: "–", first: "–", second: "–" };
  if (cursor && loaded) {
    texts.pixel = `${cursor.x}, ${cursor.y}`;
    texts.position = positionText(cursor, image.pixelSizeNm);
    for (const side of SIDES) {
      const { map, channels } = loaded[side];
      texts[side] = valueText(map, channels, cursor.y * image.width + cursor.x);
    }
  }
  document.getElementById("pixel").textContent = texts.pixel;
  document.getElementById("position").textContent = texts.position;
  for (const side of SIDES) document.getElementById(`${side}-value`).textContent = texts[side];
  return texts;
}

/** Say it after a pause, so that a held key does not make a queue. */
export function speak(text) {
  clearTimeout(waiting);
  waiting = setTimeout(() => {
    document.getElementById("spoken").textContent = text;
  }, SPEECH_DELAY_MS);
}
