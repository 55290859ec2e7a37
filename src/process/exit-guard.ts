import { onExit } from 'signal-exit'
import { deferToHostHandlers } from './host-signals.js'

// A process ends once for all of its children, so this is the one place with state for the whole process.
const kills = new Set<() => void>()
let disarm: (() => void) | undefined

/**
 * Calls `kill` if this process ends by a signal that can be caught, by `process.exit()` or by an uncaught
 * exception. Returns a function that withdraws the call; when the last one is withdrawn, no listener is left.
 *
 * How the host answers signals does not change: without handlers of its own it ends by the signal; with a
 * handler that keeps it alive nothing is killed. `kill` must be synchronous.
 */
export function guardChild(kill: () => void): () => void {
  // Each registration is its own entry, should one function be registered twice.
  const entry = () => kill()
  kills.add(entry)
  disarm ??= arm()
  return () => {
    if (!kills.delete(entry) || kills.size > 0) return
    disarm?.()
    disarm = undefined
  }
}

function arm(): () => void {
  const stopWatching = onExit(killAll, { alwaysLast: true })
  const stopDeferring = deferToHostHandlers()
  return () => {
    stopDeferring()
    stopWatching()
  }
}

function killAll(): void {
  for (const kill of [...kills]) {
    try {
      kill()
    } catch {
      // One child that cannot be killed must not save the others.
    }
  }
}
