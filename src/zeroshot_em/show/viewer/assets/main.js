// The state of the page, and how a change of it shows.
import { addressOf, readAddress } from "./address.js";
import { comparisonActions, pictureActions } from "./actions.js";
import { Blinker } from "./blink.js";
import { Comparison } from "./comparison.js";
import { listenToDivider, listenToKeys, listenToPointers } from "./gestures.js";
import { findMaps, listColours, listenToPanel, listImages } from "./panel.js";
import { showImage, showMaps, showMessage, showMode, showStretches, showZoom } from "./panel.js";
import { showValues } from "./readout.js";
import { Stage } from "./stage.js";
import { View } from "./view.js";

const ADDRESS_DELAY_MS = 250;
const MODES = ["slider", "beside", "blink"];
const catalogue = JSON.parse(document.getElementById("catalogue").textContent);
const { images } = catalogue;
const comparison = new Comparison(catalogue);
const view = new View();
const stage = new Stage(view);
const blinker = new Blinker(showOther);
const state = { mode: "slider", divider: 0.5, shown: "first", cursor: null };
let isDrawing = false;
let addressTimer = null;

/** Put the view into the address once it has come to rest; browsers allow few changes a second. */
function keepAddress() {
  clearTimeout(addressTimer);
  addressTimer = setTimeout(() => {
    history.replaceState(null, "", addressOf(comparison, view, state.mode));
  }, ADDRESS_DELAY_MS);
}

function redraw() {
  keepAddress();
  if (isDrawing) return;
  isDrawing = true;
  requestAnimationFrame(() => {
    isDrawing = false;
    if (comparison.loaded) stage.draw({ ...state, ...comparison.bitmaps });
    if (comparison.image.pixelSizeNm) stage.drawScaleBar(comparison.image.pixelSizeNm);
    showZoom(view.scale);
  });
}

async function loadMaps() {
  showMaps(comparison);
  try {
    if (!(await comparison.load())) return;
    showMessage("");
  } catch (error) {
    return showMessage(`This browser cannot unpack the maps: ${error.message}`);
  }
  showValues(comparison, state.cursor);
  showStretches(comparison);
  redraw();
}

function chooseImage(index, maps = {}) {
  comparison.chooseImage(index);
  comparison.chooseMaps(maps);
  state.cursor = null;
  view.setImage(comparison.image.width, comparison.image.height);
  findMaps(comparison, "");
  showImage(comparison.image, index);
  showValues(comparison, null);
  return loadMaps();
}

/** Show what the address asks for; the first image and maps where it asks for nothing. */
function openAddress() {
  const { image, a, b, mode, x, y, zoom } = readAddress(location.hash);
  state.mode = MODES.includes(mode) ? mode : "slider";
  const index = images.findIndex(({ key }) => key === image);
  chooseImage(Math.max(0, index), { first: a, second: b });
  modeChanged();
  if (zoom > 0) view.moveTo(x ?? view.centre.x, y ?? view.centre.y, zoom);
}

function mark(x, y) {
  const { width, height } = comparison.image;
  const isInside = x >= 0 && y >= 0 && x < width && y < height;
  state.cursor = isInside ? { x: Math.floor(x), y: Math.floor(y) } : null;
  redraw();
  return showValues(comparison, state.cursor);
}

function modeChanged() {
  stage.arrange(state.mode);
  showMode({ ...state, isPlaying: blinker.isPlaying });
  redraw();
}

function showOther() {
  state.shown = state.shown === "first" ? "second" : "first";
  modeChanged();
}

function stretchChanged() {
  showStretches(comparison);
  redraw();
}

const page = { redraw, loadMaps, mark, modeChanged, showOther, stretchChanged };
const reach = { comparison, view, stage, blinker, state, page };
const actions = { ...pictureActions(reach), ...comparisonActions(reach) };

new ResizeObserver(() => {
  stage.resize(state.mode);
  redraw();
}).observe(stage.canvas);
addEventListener("hashchange", openAddress);
listImages(images, chooseImage);
listColours(Object.keys(catalogue.colourMaps));
listenToPanel(actions);
listenToPointers(stage, actions);
listenToDivider(document.getElementById("divider"), stage.canvas, actions);
listenToKeys(stage.canvas, actions);
stage.resize(state.mode);
openAddress();
