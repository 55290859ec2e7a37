// Each Codex has an app-server of its own, so that a thread has one turn at a time is a matter of the whole process.
const taken = new Set<string>()

/**
 * Takes the one place for a turn that a thread has in this program, whichever Codex asks. Returns what gives it back,
 * which is idempotent, or `undefined` when it is taken.
 *
 * @param home - the Codex home as the program names it: a copy of it has threads of the same ids
 */
export function takeTurnPlace(home: string, threadId: string): (() => void) | undefined {
  const place = JSON.stringify([home, threadId])
  if (taken.has(place)) return undefined
  taken.add(place)
  let isHeld = true
  return () => {
    if (isHeld) taken.delete(place)
    isHeld = false
  }
}
