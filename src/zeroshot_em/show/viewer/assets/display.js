// From values to what is seen: the display stretch, and maps as bitmaps.

const N_SHADES = 4096;

/** The grey values shown black and white, given a contrast (powers of 2) and a brightness. */
export function stretchLimits(black, white, { contrast, brightness }) {
  const half = (white - black) / 2 / 2 ** contrast;
  const centre = (black + white) / 2 - brightness * half;
  return [centre - half, centre + half];
}

/** The power that stretched values are raised to: below 1, and brighter, to the right of rest. */
export function gammaOf({ brightening }) {
  return 2 ** -brightening;
}

/** The pixels, red, green, blue and opaque, from black to white; colours are 256 times RRGGBB. */
export function shadesOf(colours, gamma) {
  const bytes = new Uint8ClampedArray(4 * N_SHADES).fill(255);
  for (let i = 0; i < N_SHADES; i++) {
    const shade = Math.round(255 * (i / (N_SHADES - 1)) ** gamma);
    for (let c = 0; c < 3; c++) {
      const place = 6 * shade + 2 * c;
      bytes[4 * i + c] = parseInt(colours.slice(place, place + 2), 16);
    }
  }
  return new Uint32Array(bytes.buffer);
}

/** Paint a map onto a canvas of its size, `black` to `white` as the first to the last shade. */
export function paint(canvas, levels, step, [black, white], shades) {
  const context = canvas.getContext("2d");
  const bitmap = context.createImageData(canvas.width, canvas.height);
  const pixels = new Uint32Array(bitmap.data.buffer);
  const last = N_SHADES - 1;
  const scale = (last * step) / (white - black);
  const offset = (-last * black) / (white - black) + 0.5;
  for (let i = 0; i < levels.length; i++) {
    pixels[i] = shades[Math.min(last, Math.max(0, Math.floor(levels[i] * scale + offset)))];
  }
  context.putImageData(bitmap, 0, 0);
}

/** Paint red, green and blue from 0 to 255 as they are. */
export function paintColours(canvas, channels) {
  const context = canvas.getContext("2d");
  const bitmap = context.createImageData(canvas.width, canvas.height);
  bitmap.data.fill(255);
  channels.forEach((levels, channel) => {
    for (let i = 0; i < levels.length; i++) bitmap.data[4 * i + channel] = levels[i];
  });
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
