// The controls: lists of maps, ways to compare, contrast, and what is said about the maps.
import { SIDES } from "./comparison.js";
import { gammaOf } from "./display.js";
import { drawHistogram } from "./histogram.js";

const SLIDERS = ["contrast", "brightness", "brightening"];
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

export function listColours(names) {
  for (const list of document.querySelectorAll(".colours")) {
    list.replaceChildren(...names.map((name) => new Option(name)));
  }
}

const isFound = ({ title, group }, words) =>
  words.every((word) => `${title} ${group}`.toLowerCase().includes(word));

/** Fill both lists with the maps that have all words in name or group, and those now shown. */
export function findMaps(comparison, text) {
  const words = text.toLowerCase().replace(/(\d) *x *(\d)/g, "$1 × $2").split(/\s+/);
  const { maps } = comparison.image;
  const found = maps.filter((map) => isFound(map, words));
  for (const side of SIDES) {
    listMaps(byId(side), maps, (map) => found.includes(map) || map === comparison.mapOf(side));
    byId(side).value = comparison.chosen[side];
  }
  if (!text) byId("search").value = "";
  byId("found").textContent = text ? `${found.length} of ${maps.length}` : `${maps.length} maps`;
}

/** Fill a list with maps, under a heading for each group. */
function listMaps(list, maps, isListed) {
  const groups = new Map();
  maps.forEach((map, index) => {
    if (!isListed(map)) return;
    if (!groups.has(map.group)) {
      groups.set(map.group, document.createElement("optgroup"));
      groups.get(map.group).label = map.group;
    }
    groups.get(map.group).append(new Option(map.title, index));
  });
  list.replaceChildren(...groups.values());
}

const controlOf = (side, name) => byId(`${side}-stretch`).querySelector(`.${name}`);

export function listenToPanel(actions) {
  byId("panel").addEventListener("submit", (event) => event.preventDefault());
  for (const side of SIDES) {
    byId(side).addEventListener("change", (event) => {
      actions.chooseMap(side, Number(event.target.value));
    });
    for (const name of SLIDERS) {
      controlOf(side, name).addEventListener("input", (event) => {
        actions.stretch(side, { [name]: Number(event.target.value) });
      });
    }
    controlOf(side, "colours").addEventListener("change", (event) => {
      actions.stretch(side, { colours: event.target.value });
    });
  }
  byId("search").addEventListener("input", (event) => actions.findMaps(event.target.value));
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
    save: actions.savePicture,
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
  for (const side of SIDES) showStretch(comparison, side);
}

function showStretch(comparison, side) {
  const map = comparison.mapOf(side);
  const isColour = map.nBytes.length === 3;
  const stretch = comparison.stretchOf(map);
  const fieldset = byId(`${side}-stretch`);
  fieldset.disabled = isColour;
  for (const name of [...SLIDERS, "colours"]) controlOf(side, name).value = stretch[name];
  for (const name of ["contrast", "brightness"]) {
    controlOf(side, name).disabled = comparison.borrowsLimits(side);
  }
  const gamma = number(gammaOf(stretch));
  controlOf(side, "contrast").setAttribute("aria-valuetext", `${number(2 ** stretch.contrast)} times`);
  controlOf(side, "brightening").setAttribute("aria-valuetext", `exponent ${gamma}`);
  controlOf(side, "exponent").textContent = gamma;
  const text = isColour ? "colours, not stretched" : limitsText(comparison.limitsOf(side));
  controlOf(side, "limits").textContent = text;
  const histogram = controlOf(side, "histogram");
  histogram.hidden = isColour;
  if (comparison.loaded) drawHistogram(histogram, comparison.loaded[side], comparison.limitsOf(side));
}

export function showZoom(scale) {
  byId("zoom").textContent = `${Math.round(100 * scale)} %`;
}

export function tagsOf() {
  return SIDES.map((side) => byId(`${side}-tag`));
}

export function showMessage(text) {
  byId("message").textContent = text;
}

export function openKeys() {
  byId("keys").open = true;
  byId("keys").scrollIntoView({ block: "nearest" });
  byId("keys").querySelector("summary").focus();
}
