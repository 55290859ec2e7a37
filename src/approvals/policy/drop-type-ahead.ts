import { setImmediate as nextTurn } from 'node:timers/promises'

/** An input on which a person types; a terminal's can be switched to give out lines that are not ended yet. */
export type TypedInput = NodeJS.ReadableStream & {
  readonly isTTY?: boolean
  readonly isRaw?: boolean
  setRawMode?(raw: boolean): unknown
}

/** Turns of the event loop without input after which nothing is left of what was typed before. */
const QUIET_TURNS = 3
/** Turns after which an input that never rests is given up. */
const MAX_TURNS = 1_000
/** What a terminal sends for Ctrl-C while it gives out everything. */
const INTERRUPT = '\u0003'

/**
 * Drops what was typed until now, a line that is not ended included, so that it cannot answer what is shown
 * next. Resolves with whether somebody can be asked: not when the input has ended or never rests, when the
 * person interrupted, and when the signal aborted. Never rejects.
 */
export async function dropTypeAhead(input: TypedInput, signal: AbortSignal): Promise<boolean> {
  let hasArrived = false
  let isOver = !input.readable
  const onData = (chunk: unknown) => {
    hasArrived = true
    if (String(chunk).includes(INTERRUPT)) isOver = true
  }
  const onEnd = () => {
    isOver = true
  }
  const ends = ['end', 'close', 'error'] as const
  input.on('data', onData)
  for (const event of ends) input.on(event, onEnd)
  const restore = giveOutEverything(input)
  try {
    input.resume()
    let quiet = 0
    for (let turn = 0; turn < MAX_TURNS && quiet < QUIET_TURNS; turn++) {
      hasArrived = false
      await nextTurn()
      if (isOver || signal.aborted) return false
      quiet = hasArrived ? 0 : quiet + 1
    }
    return quiet === QUIET_TURNS
  } finally {
    restore()
    input.pause()
    input.off('data', onData)
    for (const event of ends) input.off(event, onEnd)
  }
}

/** Makes a terminal give out lines that are not ended; returns what undoes that. */
function giveOutEverything(input: TypedInput): () => void {
  const isRaw = input.isRaw === true
  if (isRaw || !input.setRawMode) return () => {}
  try {
    input.setRawMode(true)
  } catch {
    // The terminal is gone: the input ends as well.
    return () => {}
  }
  return () => {
    try {
      input.setRawMode?.(false)
    } catch {
      // As above.
    }
  }
}
