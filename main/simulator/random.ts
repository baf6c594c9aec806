/** Uniform in [0, 1). Injected, so that a seed repeats a run byte for byte. */
export type Random = () => number;

/** A repeatable source (sfc32), whose state is four words made from the seed. */
export function seededRandom(seed: number): Random {
  let a = seed >>> 0;
  let b = 0x9e3779b9;
  let c = 0x243f6a88;
  let counter = 1;
  const next = (): number => {
    const sum = (a + b + counter) >>> 0;
    counter = (counter + 1) >>> 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) >>> 0;
    c = ((c << 21) | (c >>> 11)) >>> 0;
    c = (c + sum) >>> 0;
    return sum / 0x1_0000_0000;
  };
  for (let round = 0; round < 12; round++) next();
  return next;
}

/** An independent source, so that how often one part draws does not change what another draws. */
export function forkRandom(random: Random): Random {
  return seededRandom(Math.floor(random() * 0x1_0000_0000));
}

/** Uniform between two numbers. */
export function between(random: Random, low: number, high: number): number {
  return low + (high - low) * random();
}

/** Normal with mean 0 and standard deviation 1 (sum of uniforms: cheap and good to 3 sigma). */
export function gaussian(random: Random): number {
  return (random() + random() + random() + random() - 2) * Math.sqrt(3);
}
