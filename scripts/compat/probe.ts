import pTimeout from 'p-timeout'
import { Laboratory, type Subject } from './laboratory.js'

/** Time that a probe has: 20 seconds. */
const PROBE_TIMEOUT_MS = 20_000

/** What a probe found: yes, no, or how. */
export type Finding = boolean | string

/** A question about a version of Codex. */
export interface Probe {
  /** What the table calls it. */
  readonly name: string
  /** Whether a version that lacks it is unusable: the run fails then. */
  readonly isRequired?: boolean
  /** Settings of the place that the probe runs in. */
  readonly settings?: { readonly retries?: number }
  /** Finds out. What it throws is a no, with the reason. */
  ask(lab: Laboratory): Promise<Finding>
}

/** An answer as the table shows it. */
export interface Answer {
  readonly isYes: boolean
  /** A word in place of yes or no. */
  readonly how?: string
  /** Why not, for the one who runs the script. */
  readonly reason?: string
}

/** Asks one version one question, in a place of its own, within a bound. Never rejects. */
export async function answer(probe: Probe, subject: Subject): Promise<Answer> {
  try {
    await using lab = await Laboratory.open(subject, probe.settings)
    const finding = await pTimeout(probe.ask(lab), { milliseconds: PROBE_TIMEOUT_MS })
    return typeof finding === 'string' ? { isYes: true, how: finding } : { isYes: finding }
  } catch (error) {
    return { isYes: false, reason: error instanceof Error ? error.message : String(error) }
  }
}
