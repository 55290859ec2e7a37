import type { ChildProcess } from 'node:child_process'
import { explainSpawnFailure } from './spawn-check.js'
import type { SpawnError } from './spawn-error.js'

/**
 * Why a child that came without a process number could not be started: Node has met an error then and emits it
 * in the next tick.
 */
export function spawnFailure(
  child: ChildProcess,
  command: string,
  cwd: string | undefined,
): Promise<SpawnError> {
  return new Promise((resolve) => {
    child.once('error', (cause) => {
      resolve(explainSpawnFailure(command, cwd, cause))
      // Out of file descriptors, Node leaves the streams unset.
      for (const stream of child.stdio ?? []) stream?.on('error', () => {}).destroy()
    })
  })
}
