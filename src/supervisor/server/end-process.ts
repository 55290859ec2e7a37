import { lookUpProcess } from '../../process/process-identity.js'
import { type EndSignal, signalTree } from '../../process/process-tree.js'
import { sleep } from '../../util/sleep.js'

/** A process, told apart from others that get its number later. */
export interface ProcessIdentity {
  readonly pid: number
  /** As `lookUpProcess` tells it; without it nothing is ever ended. */
  readonly start?: string | undefined
}

/** What became of a process that was to be ended. */
export type ProcessEnd = 'gone' | 'ended' | 'survived'

/** How a process is looked up and signalled. */
export interface EndProcessOptions {
  /** @default lookUpProcess */
  readonly lookUp?: typeof lookUpProcess
  /** @default signalTree */
  readonly signal?: (pid: number, signal: EndSignal) => void
  /** Time to be gone after each signal, in milliseconds. @default 2000 */
  readonly graceMs?: number
}

const STEPS: readonly EndSignal[] = ['SIGINT', 'SIGTERM', 'SIGKILL']
const LOOK_EVERY_MS = 20

/**
 * Ends a process that is no child of this one, with its group, in bounded steps; only when it is certain that it is
 * the one meant. Never rejects.
 */
export async function endProcess(
  identity: ProcessIdentity,
  options: EndProcessOptions = {},
): Promise<ProcessEnd> {
  const { lookUp = lookUpProcess, signal = signalTree, graceMs = 2_000 } = options
  const isThere = async () => {
    const { isRunning, start } = await lookUp(identity.pid)
    return isRunning && identity.start !== undefined && start === identity.start
  }
  if (!(await isThere())) return 'gone'
  for (const step of STEPS) {
    signal(identity.pid, step)
    // No system tells a process when one that is not its child ends.
    for (let waited = 0; waited < graceMs; waited += LOOK_EVERY_MS) {
      if (!(await isThere())) return 'ended'
      await sleep(LOOK_EVERY_MS, undefined)
    }
  }
  return (await isThere()) ? 'survived' : 'ended'
}
