/** The median and the quartiles around it. */
export interface Spread {
  readonly low: number
  readonly median: number
  readonly high: number
}

/** The quartiles of some values, interpolated; all `NaN` for none. */
export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b)
  return { low: quantile(sorted, 0.25), median: quantile(sorted, 0.5), high: quantile(sorted, 0.75) }
}

/** The quartiles of what a function makes of each value and the other's value of the same round. */
export function spreadOfPairs<T>(
  own: readonly T[],
  other: readonly T[],
  value: (own: T, other: T) => number,
): Spread {
  // One of the two may have taken part in fewer rounds.
  const rounds = Math.min(own.length, other.length)
  return spread(own.slice(0, rounds).map((sample, round) => value(sample, other[round] ?? sample)))
}

function quantile(sorted: readonly number[], part: number): number {
  const at = (sorted.length - 1) * part
  const below = sorted[Math.floor(at)] ?? Number.NaN
  const above = sorted[Math.ceil(at)] ?? Number.NaN
  return below + (above - below) * (at - Math.floor(at))
}
