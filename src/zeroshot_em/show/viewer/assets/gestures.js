// Mouse, touch and keys on the picture, as calls of the actions that main.js gives.

const TAP_TRAVEL = 6;
const KEY_ZOOM = 1.5;

function positionOn(element, event) {
  const box = element.getBoundingClientRect();
  return { x: event.clientX - box.left, y: event.clientY - box.top };
}

function middle(points) {
  const [p, q] = points;
  return { x: (p.x + q.x) / 2, y: (p.y + q.y) / 2, spread: Math.hypot(p.x - q.x, p.y - q.y) };
}

/** One pointer pans, two pinch; a mouse that only hovers, and a tap, mark the pixel below. */
export function listenToPointers(stage, actions) {
  const { canvas, view } = stage;
  const pressed = new Map();
  let travel = 0;
  const placeOf = (event) => stage.toPane(positionOn(canvas, event));

  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    pressed.set(event.pointerId, positionOn(canvas, event));
    travel = pressed.size > 1 ? Infinity : 0;
  });

  canvas.addEventListener("pointermove", (event) => {
    const point = positionOn(canvas, event);
    if (!pressed.has(event.pointerId)) return actions.markAt(stage.toPane(point));
    const before = pressed.get(event.pointerId);
    travel += Math.hypot(point.x - before.x, point.y - before.y);
    if (pressed.size === 2) {
      const old = middle([...pressed.values()]);
      pressed.set(event.pointerId, point);
      const now = middle([...pressed.values()]);
      view.panBy(now.x - old.x, now.y - old.y);
      const { x, y } = stage.toPane(now);
      view.zoomAt(x, y, now.spread / Math.max(1, old.spread));
    } else {
      pressed.set(event.pointerId, point);
      view.panBy(point.x - before.x, point.y - before.y);
    }
    actions.redraw();
  });

  const release = (event) => {
    if (!pressed.delete(event.pointerId)) return;
    if (event.type === "pointerup" && travel < TAP_TRAVEL) actions.markAt(placeOf(event));
  };
  canvas.addEventListener("pointerup", release);
  canvas.addEventListener("pointercancel", release);
  canvas.addEventListener("dblclick", (event) => actions.zoom(2, placeOf(event)));
  canvas.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      const pixels = event.deltaMode === 0 ? event.deltaY : 30 * event.deltaY;
      actions.zoom(2 ** (-pixels / (event.ctrlKey ? 100 : 400)), placeOf(event));
    },
    { passive: false },
  );
}

/** The divider follows the pointer that holds it, and the arrow keys when it has the focus. */
export function listenToDivider(divider, stage, actions) {
  divider.addEventListener("pointerdown", (event) => {
    divider.setPointerCapture(event.pointerId);
    divider.focus();
    event.preventDefault();
  });
  divider.addEventListener("pointermove", (event) => {
    if (!divider.hasPointerCapture(event.pointerId)) return;
    actions.setDivider(positionOn(stage, event).x / stage.clientWidth);
  });
  divider.addEventListener("keydown", (event) => {
    const step = event.shiftKey ? 0.1 : 0.01;
    const moves = { ArrowLeft: -step, ArrowDown: -step, ArrowRight: step, ArrowUp: step };
    if (event.key in moves) actions.moveDivider(moves[event.key]);
    else if (event.key === "Home") actions.setDivider(0);
    else if (event.key === "End") actions.setDivider(1);
    else return;
    event.preventDefault();
  });
}

export function listenToKeys(canvas, actions) {
  const keys = {
    "+": () => actions.zoom(KEY_ZOOM),
    "=": () => actions.zoom(KEY_ZOOM),
    "-": () => actions.zoom(1 / KEY_ZOOM),
    0: actions.fit,
    1: actions.actualSize,
    "[": () => actions.moveDivider(-0.02),
    "]": () => actions.moveDivider(0.02),
    s: () => actions.setMode("slider"),
    d: () => actions.setMode("beside"),
    b: () => actions.setMode("blink"),
    p: actions.togglePlaying,
    " ": actions.flip,
    x: actions.swap,
    e: actions.savePicture,
    "?": actions.help,
  };
  const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key in arrows) {
      const [x, y] = arrows[event.key];
      const step = event.shiftKey ? 10 : 1;
      actions.moveMark(step * x, step * y);
    } else if (event.key in keys) keys[event.key]();
    else return;
    event.preventDefault();
  });
}
