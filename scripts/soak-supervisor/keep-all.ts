/** Limits of a supervisor that forgets nothing, so that everything can be counted at the end. */
export const KEEP_ALL = { keptTurns: 1_000_000, keptRuns: 1_000_000, maxConcurrentRuns: 2 }
