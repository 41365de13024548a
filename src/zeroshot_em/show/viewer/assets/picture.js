// The view as a PNG: what the stage shows, with the names of the maps and the scale bar.

const FONT = "13px system-ui, sans-serif";
const EDGE = 12;

function writeTag(context, element, canvasBox) {
  if (element.hidden) return;
  const box = element.getBoundingClientRect();
  const [x, y] = [box.left - canvasBox.left, box.top - canvasBox.top];
  context.fillStyle = "rgb(12 13 15 / 72%)";
  context.fillRect(x, y, box.width, box.height);
  context.fillStyle = "#fff";
  context.fillText(element.textContent, x + 10, y + box.height / 2, box.width - 20);
}

function writeScaleBar(context, element, height) {
  if (element.hidden) return;
  const { width } = element.getBoundingClientRect();
  context.fillStyle = "#000";
  context.fillRect(EDGE, height - 42, width + 8, 32);
  context.fillStyle = "#fff";
  context.fillRect(EDGE + 4, height - 18, width, 4);
  context.fillText(element.textContent, EDGE + 4, height - 30);
}

/** Draw the stage and what lies over it onto a canvas of its own. */
export function drawPicture({ canvas, ratio, size, scaleBar }, tags) {
  const copy = document.createElement("canvas");
  [copy.width, copy.height] = [canvas.width, canvas.height];
  const context = copy.getContext("2d");
  context.fillStyle = "#fff";
  context.fillRect(0, 0, copy.width, copy.height);
  context.drawImage(canvas, 0, 0);
  context.scale(ratio, ratio);
  context.font = FONT;
  context.textBaseline = "middle";
  for (const tag of tags) writeTag(context, tag, canvas.getBoundingClientRect());
  writeScaleBar(context, scaleBar, size.height);
  return copy;
}

export function savePicture(stage, tags, name) {
  drawPicture(stage, tags).toBlob((blob) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = `${name}.png`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  }, "image/png");
}
