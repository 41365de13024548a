// The controls: lists of maps, ways to compare, contrast, and what is said about the maps.
import { SIDES } from "./comparison.js";

const byId = (id) => document.getElementById(id);
const number = (value) => Number(value.toPrecision(4)).toString();

/** Both limits, to a thousandth of their distance. */
function limitsText([black, white]) {
  const decimals = Math.max(0, 2 - Math.floor(Math.log10(white - black)));
  const [low, high] = [black, white].map((value) => Number(value.toFixed(decimals)));
  return `black ${low}, white ${high}`;
}

export function listImages(images, choose) {
  byId("image").replaceChildren(...images.map((image, index) => new Option(image.title, index)));
  byId("image").addEventListener("change", (event) => choose(Number(event.target.value)));
}

/** Fill both lists with an image's maps, under a heading for each group. */
export function listMaps(maps) {
  for (const side of SIDES) {
    const groups = new Map();
    maps.forEach(({ title, group }, index) => {
      if (!groups.has(group)) {
        groups.set(group, document.createElement("optgroup"));
        groups.get(group).label = group;
      }
      groups.get(group).append(new Option(title, index));
    });
    byId(side).replaceChildren(...groups.values());
  }
}

export function listenToPanel(actions) {
  byId("panel").addEventListener("submit", (event) => event.preventDefault());
  for (const side of SIDES) {
    byId(side).addEventListener("change", (event) => {
      actions.chooseMap(side, Number(event.target.value));
    });
    const [contrast, brightness] = byId(`${side}-stretch`).querySelectorAll("input");
    contrast.addEventListener("input", () => actions.stretch(side, { contrast: +contrast.value }));
    brightness.addEventListener("input", () => {
      actions.stretch(side, { brightness: +brightness.value });
    });
  }
  for (const radio of document.querySelectorAll("input[name=mode]")) {
    radio.addEventListener("change", () => actions.setMode(radio.value));
  }
  byId("same-limits").addEventListener("change", (e) => actions.shareLimits(e.target.checked));
  const buttons = {
    swap: actions.swap,
    play: actions.togglePlaying,
    flip: actions.flip,
    "zoom-in": () => actions.zoom(1.5),
    "zoom-out": () => actions.zoom(1 / 1.5),
    fit: actions.fit,
    "actual-size": actions.actualSize,
    reset: actions.resetStretch,
  };
  for (const [id, act] of Object.entries(buttons)) byId(id).addEventListener("click", act);
}

export function showMode({ mode, shown, isPlaying }) {
  for (const radio of document.querySelectorAll("input[name=mode]")) {
    radio.checked = radio.value === mode;
  }
  byId("blinking").hidden = mode !== "blink";
  byId("play").textContent = isPlaying ? "Pause" : "Play";
  for (const side of SIDES) byId(`${side}-tag`).hidden = mode === "blink" && shown !== side;
}

function storedAs({ exact, step, nBytes, unit }) {
  if (nBytes.length === 3) return "Stored as 8 bits a colour.";
  if (exact) return "Values are stored exactly.";
  return `In this page values are rounded to steps of ${step} (${unit}).`;
}

export function showMaps(comparison) {
  for (const side of SIDES) {
    const map = comparison.mapOf(side);
    byId(side).value = comparison.chosen[side];
    byId(`${side}-tag`).textContent = map.title;
    byId(`${side}-title`).textContent = map.title;
    byId(`${side}-about`).textContent = `${map.description} ${storedAs(map)}`;
    byId(`${side}-unit`).textContent = map.unit;
  }
  const [a, b] = SIDES.map((side) => comparison.mapOf(side).title);
  byId("canvas").setAttribute("aria-label", `Picture: A, ${a}; B, ${b}`);
}

export function showImage(image, index) {
  byId("image").value = index;
  byId("simulated").hidden = !image.simulated;
  const place = image.pixelSizeNm ? " Positions are those of a pixel's upper left corner." : "";
  byId("image-about").textContent = `${image.description}${place}`;
  byId("scale-bar").hidden = !image.pixelSizeNm;
}

/** Show the display stretch of both sides; colours have none. */
export function showStretches(comparison) {
  byId("same-limits").disabled = !comparison.canShareLimits;
  for (const side of SIDES) {
    const map = comparison.mapOf(side);
    const isColour = map.nBytes.length === 3;
    const fieldset = byId(`${side}-stretch`);
    const [contrast, brightness] = fieldset.querySelectorAll("input");
    const stretch = comparison.stretchOf(map);
    fieldset.disabled = isColour || comparison.borrowsLimits(side);
    contrast.value = stretch.contrast;
    brightness.value = stretch.brightness;
    contrast.setAttribute("aria-valuetext", `${number(2 ** stretch.contrast)} times`);
    const text = isColour ? "colours, not stretched" : limitsText(comparison.limitsOf(side));
    fieldset.querySelector(".limits").textContent = text;
  }
}

export function showZoom(scale) {
  byId("zoom").textContent = `${Math.round(100 * scale)} %`;
}

export function showMessage(text) {
  byId("message").textContent = text;
}

export function openKeys() {
  byId("keys").open = true;
  byId("keys").scrollIntoView({ block: "nearest" });
  byId("keys").querySelector("summary").focus();
}
