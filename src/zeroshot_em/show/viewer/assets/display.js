// From values to what is seen: the display stretch, and maps as bitmaps.

/** The grey values shown black and white, given a contrast (powers of 2) and a brightness. */
export function stretchLimits(black, white, { contrast, brightness }) {
  const half = (white - black) / 2 / 2 ** contrast;
  const centre = (black + white) / 2 - brightness * half;
  return [centre - half, centre + half];
}

/** Paint the channels of a map onto a canvas of its size, `black` to `white` as 0 to 255. */
export function paint(canvas, channels, step, [black, white]) {
  const context = canvas.getContext("2d");
  const bitmap = context.createImageData(canvas.width, canvas.height);
  const scale = (255 * step) / (white - black);
  const offset = (-255 * black) / (white - black) + 0.5;
  for (let target = 0; target < 3; target++) {
    const levels = channels[target % channels.length];
    for (let i = 0; i < levels.length; i++) {
      bitmap.data[4 * i + target] = Math.floor(levels[i] * scale + offset);
    }
  }
  for (let i = 3; i < bitmap.data.length; i += 4) bitmap.data[i] = 255;
  context.putImageData(bitmap, 0, 0);
}

/** Decimals that show a multiple of the step in full. */
export function decimalsOf(step) {
  return Math.max(0, -Math.floor(Math.log10(step * 1.0000001)));
}

/** A round number, 1, 2 or 5 times a power of ten, not above `value`. */
export function roundDown(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [5, 2, 1].find((digit) => digit * power <= value * 1.0000001) * power;
}
