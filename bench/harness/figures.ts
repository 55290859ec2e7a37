import type { Sample } from './run.js'

/** What is taken of a sample, most of it beside that of another contestant in the same round. */
export const figures = {
  /** Units a second by the other's; above 1 is faster. */
  speed: (own, other) => rateOf(own) / rateOf(other),
  /** Processor time a unit by the other's; below 1 is cheaper. */
  cpu: (own, other) => cpuOf(own) / cpuOf(other),
  /** Most resident memory in MB. */
  peakRss: (own) => own.peakRssMb,
  /** Most resident memory by the other's. */
  peakRssRatio: (own, other) => own.peakRssMb / other.peakRssMb,
  /** Milliseconds beyond the other's. */
  extraMilliseconds: (own, other) => own.milliseconds - other.milliseconds,
  /** Added resident memory in MB beyond the other's. */
  extraRss: (own, other) => own.addedRssMb - other.addedRssMb,
  /** Resident memory at the end by that after two tenths of the run. */
  memoryGrowth: ({ samples = [] }) => (samples.at(-1) ?? Number.NaN) / (samples[1] ?? Number.NaN),
} satisfies Record<string, (own: Sample, other: Sample) => number>

/** The name of one of {@link figures}. */
export type Figure = keyof typeof figures

/** Units a second. */
export function rateOf({ count, milliseconds }: Sample): number {
  return (count * 1000) / milliseconds
}

/** Processor time in nanoseconds a unit. */
export function cpuOf({ count, cpuMilliseconds }: Sample): number {
  return (cpuMilliseconds * 1e6) / count
}
