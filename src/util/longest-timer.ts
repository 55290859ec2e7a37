/** Longest wait of a timer, in milliseconds, 24.8 days: one that is set to more fires at once. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1
