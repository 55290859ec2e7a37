import { signals } from 'signal-exit'

/**
 * Keeps signal-exit from ending the process while the host handles a signal itself.
 *
 * signal-exit looks at the listeners that are left when its own turn comes. A handler added with
 * `process.once`, or one that removes itself, has left by then, and the process would be ended under a host
 * that is shutting down in its own time. A listener that runs first counts the handlers while they are all
 * there, and stands in for them until the signal has been dispatched.
 *
 * Returns a function that removes the listeners.
 */
export function deferToHostHandlers(): () => void {
  const stops = signals.map((signal) => deferOne(signal))
  return () => {
    for (const stop of stops) stop()
  }
}

function deferOne(signal: NodeJS.Signals): () => void {
  let active = true
  const standIn = () => {}
  const watch = () => {
    if (active) tryOrIgnore(() => process.prependOnceListener(signal, first))
  }
  const first = () => {
    // A once-listener has already been removed when it runs, so this one is not in the count.
    if (process.listenerCount(signal) > signalExitListeners()) process.on(signal, standIn)
    process.nextTick(() => {
      process.off(signal, standIn)
      watch()
    })
  }
  watch()
  return () => {
    active = false
    process.off(signal, first)
  }
}

/** How many listeners per signal belong to signal-exit, all of its copies and versions together. */
function signalExitListeners(): number {
  const shared = (globalThis as Record<symbol, unknown>)[Symbol.for('signal-exit emitter')]
  const older = (process as { __signal_exit_emitter__?: unknown }).__signal_exit_emitter__
  return countOf(shared) + countOf(older)
}

function countOf(emitter: unknown): number {
  const count = (emitter as { count?: unknown } | null | undefined)?.count
  return typeof count === 'number' ? count : 0
}

function tryOrIgnore(action: () => void): void {
  try {
    action()
  } catch {
    // The system does not know this signal.
  }
}
