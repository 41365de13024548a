// How often each value of a map occurs, and where black and white lie.

const N_BINS = 120;
const MARGIN = 0.25;

/** The values from a little below black to a little above white, as the map is shown at rest. */
function rangeOf({ black, white }) {
  const margin = MARGIN * (white - black);
  return [black - margin, white + margin];
}

export function countValues(levels, step, [low, high]) {
  const counts = new Float64Array(N_BINS);
  const scale = N_BINS / (high - low);
  for (const level of levels) {
    const bin = Math.floor((level * step - low) * scale);
    if (bin >= 0 && bin < N_BINS) counts[bin] += 1;
  }
  return counts;
}

export function drawHistogram(canvas, { map, channels }, limits) {
  const context = canvas.getContext("2d");
  const { width, height } = canvas;
  const [low, high] = rangeOf(map);
  const counts = countValues(channels[0], map.step, [low, high]);
  const tallest = Math.max(...counts, 1);
  context.clearRect(0, 0, width, height);
  context.fillStyle = getComputedStyle(canvas).color;
  counts.forEach((count, bin) => {
    const bar = (height * count) / tallest;
    context.fillRect((bin * width) / N_BINS, height - bar, width / N_BINS - 1, bar);
  });
  for (const limit of limits) {
    context.fillRect(((limit - low) / (high - low)) * width - 1.5, 0, 3, height);
  }
}
