/** An app-server of this program that may have threads in memory. */
export interface ThreadOwner {
  /** Whether nobody uses it now. */
  readonly isResting: boolean
  /** Ends it. Never rejects. */
  retire(): Promise<void>
}

// Codex lets one process at a time write a thread, so what this process holds is a matter of the whole process.
const owners = new Map<string, ThreadOwner>()

/** Notes that an app-server has a thread in memory. */
export function claimThread(threadId: string, owner: ThreadOwner): void {
  owners.set(threadId, owner)
}

/**
 * Makes a thread free for another app-server of this program, if the one that has it rests: a program may make a
 * new Codex for each turn, as it could with the official package. Resolves when that one has ended.
 */
export async function freeThread(threadId: string, claimant: ThreadOwner): Promise<void> {
  const owner = owners.get(threadId)
  if (owner && owner !== claimant && owner.isResting) await owner.retire()
}

/** Forgets a thread that its app-server has let go. */
export function disownThread(threadId: string, owner: ThreadOwner): void {
  if (owners.get(threadId) === owner) owners.delete(threadId)
}

/** Forgets an app-server that has ended. */
export function disownThreads(owner: ThreadOwner): void {
  for (const [threadId, one] of owners) if (one === owner) owners.delete(threadId)
}
