// The state of the page, and what changes it.
import { Blinker, prefersLessMotion } from "./blink.js";
import { Comparison } from "./comparison.js";
import { listenToDivider, listenToKeys, listenToPointers } from "./gestures.js";
import { listenToPanel, listImages, listMaps, openKeys } from "./panel.js";
import { showImage, showMaps, showMessage, showMode, showStretches, showZoom } from "./panel.js";
import { showValues, speak } from "./readout.js";
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

const clampIndex = (value, size) => Math.min(size - 1, Math.max(0, value));

const actions = {
  redraw,
  markAt: (point) => {
    const { x, y } = view.toImage(point.x, point.y);
    mark(x, y);
  },
  moveMark: (dx, dy) => {
    const { width, height } = comparison.image;
    const { x, y } = state.cursor ?? {
      x: Math.floor(view.centre.x) - dx,
      y: Math.floor(view.centre.y) - dy,
    };
    const texts = mark(clampIndex(x + dx, width), clampIndex(y + dy, height));
    view.reveal(state.cursor.x, state.cursor.y);
    speak(`Pixel ${texts.pixel}, ${texts.position}. A ${texts.first}, B ${texts.second}.`);
  },
  zoom: (factor, point) => {
    const marked = state.cursor && view.toStage(state.cursor.x + 0.5, state.cursor.y + 0.5);
    const { x, y } = point ?? marked ?? { x: view.stage.width / 2, y: view.stage.height / 2 };
    view.zoomAt(x, y, factor);
    redraw();
  },
  fit: () => {
    view.fit();
    redraw();
  },
  actualSize: () => actions.zoom(1 / view.scale),
  setDivider: (fraction) => {
    state.divider = Math.min(1, Math.max(0, fraction));
    redraw();
  },
  moveDivider: (change) => actions.setDivider(state.divider + change),
  setMode: (mode) => {
    state.mode = mode;
    if (mode === "blink" && !prefersLessMotion()) blinker.start();
    else blinker.stop();
    modeChanged();
  },
  flip: () => {
    state.mode = "blink";
    blinker.stop();
    showOther();
    speak(`Showing ${comparison.mapOf(state.shown).title}`);
  },
  togglePlaying: () => {
    state.mode = "blink";
    if (blinker.isPlaying) blinker.stop();
    else blinker.start();
    modeChanged();
  },
  swap: () => {
    comparison.swap();
    return loadMaps();
  },
  chooseMap: (side, index) => {
    comparison.chosen[side] = index;
    return loadMaps();
  },
  stretch: (side, change) => {
    comparison.changeStretch(side, change);
    stretchChanged();
  },
  shareLimits: (isShared) => {
    comparison.share(isShared);
    stretchChanged();
  },
  resetStretch: () => {
    comparison.resetStretches();
    stretchChanged();
  },
  help: openKeys,
};

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
