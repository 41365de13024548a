// The state of the page, and how a change of it shows.
import { comparisonActions, pictureActions } from "./actions.js";
import { Blinker } from "./blink.js";
import { Comparison } from "./comparison.js";
import { listenToDivider, listenToKeys, listenToPointers } from "./gestures.js";
import { listenToPanel, listImages, listMaps } from "./panel.js";
import { showImage, showMaps, showMessage, showMode, showStretches, showZoom } from "./panel.js";
import { showValues } from "./readout.js";
import { Stage } from "./stage.js";
import { View } from "./view.js";

const images = JSON.parse(document.getElementById("catalogue").textContent);
const comparison = new Comparison(images);
const view = new View();
const stage = new Stage(view);
const blinker = new Blinker(showOther);
const state = { mode: "slider", divider: 0.5, shown: "first", cursor: null };
let isDrawing = false;

function redraw() {
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

function chooseImage(index) {
  comparison.chooseImage(index);
  state.cursor = null;
  view.setImage(comparison.image.width, comparison.image.height);
  listMaps(comparison.image.maps);
  showImage(comparison.image, index);
  showValues(comparison, null);
  return loadMaps();
}

function mark(x, y) {
  const { width, height } = comparison.image;
  const isInside = x >= 0 && y >= 0 && x < width && y < height;
  state.cursor = isInside ? { x: Math.floor(x), y: Math.floor(y) } : null;
  redraw();
  return showValues(comparison, state.cursor);
}

function modeChanged() {
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
const reach = { comparison, view, blinker, state, page };
const actions = { ...pictureActions(reach), ...comparisonActions(reach) };

new ResizeObserver(() => {
  stage.resize();
  redraw();
}).observe(stage.canvas);
listImages(images, chooseImage);
listenToPanel(actions);
listenToPointers(stage.canvas, view, actions);
listenToDivider(document.getElementById("divider"), stage.canvas, actions);
listenToKeys(stage.canvas, actions);
stage.resize();
modeChanged();
chooseImage(0);
