import type { Figure } from './figures.js'

/** What the median of a figure is to reach. One of the two bounds is given. */
export interface Target {
  readonly figure: Figure
  readonly atLeast?: number
  readonly atMost?: number
  /** The contestant that the figure is taken beside. @default the first */
  readonly versus?: string
}

/** A target, and whether it is met. */
export interface JudgedTarget {
  /** The target in words, as `CPU ≤ 1.15`. */
  readonly text: string
  /** The median that was measured, in words. */
  readonly actual: string
  readonly isMet: boolean
}

/** How a figure and its bound are written; what has no label is what the table shows first. */
const NOTATION: Readonly<Record<Figure, { label: string; number: (value: number) => string }>> = {
  speed: { label: '', number: (value) => value.toFixed(2) },
  cpu: { label: 'CPU ', number: (value) => value.toFixed(2) },
  peakRss: { label: 'RSS ', number: (value) => `${value.toFixed(0)} MB` },
  peakRssRatio: { label: 'RSS ', number: (value) => `${value.toFixed(2)} ×` },
  extraMilliseconds: { label: '', number: (value) => `${value.toFixed(0)} ms` },
  extraRss: { label: '', number: (value) => `${value.toFixed(0)} MB` },
  memoryGrowth: { label: 'growth ', number: (value) => value.toFixed(2) },
}

/** Holds what was measured against a target. A figure that is no number misses it. */
export function judge(target: Target, actual: number): JudgedTarget {
  const { atLeast = Number.NEGATIVE_INFINITY, atMost = Number.POSITIVE_INFINITY } = target
  const isMet = actual >= atLeast && actual <= atMost
  return { text: textOf(target), actual: NOTATION[target.figure].number(actual), isMet }
}

/** A judged target with its mark. */
export function markedText({ text, isMet }: JudgedTarget): string {
  return `${text} ${isMet ? '✓' : '✗'}`
}

function textOf({ figure, atLeast, atMost, versus }: Target): string {
  const { label, number } = NOTATION[figure]
  const bound = atLeast === undefined ? `≤ ${number(atMost ?? Number.NaN)}` : `≥ ${number(atLeast)}`
  return `${label}${bound}${versus === undefined ? '' : ` × ${versus}`}`
}
