import { lstatSync, unlinkSync } from 'node:fs'
import { lstat, readlink, unlink } from 'node:fs/promises'
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { SocketInUseError } from './errors.js'

/** An app-server does not announce its unix socket: it is tried this often, in milliseconds. */
const POLL_MS = 20

/** What the system says where nobody listens. Anything else may be a server that is busy or not ours. */
const NOBODY: ReadonlySet<string | undefined> = new Set(['ECONNREFUSED', 'ENOENT', 'ENOTSOCK', 'ENOTDIR'])

/** Resolves when a server accepts connections at a path; rejects when the signal aborts. */
export async function untilListening(path: string, signal: AbortSignal): Promise<void> {
  while ((await connectError(path)) !== undefined) await delay(POLL_MS, undefined, { signal })
}

/**
 * Makes sure that nobody listens at a path and that an app-server can. Codex itself replaces a socket that a
 * dead server left, but stumbles over a link to one that is gone. Rejects with `SocketInUseError` when a
 * server answers there, or when there is a file of another kind, which is left alone.
 */
export async function clearSocketPath(path: string): Promise<void> {
  const error = await connectError(path)
  if (!NOBODY.has(error)) throw new SocketInUseError(path, error ?? 'a server listens there')
  if (!(await removeSocket(path))) throw new SocketInUseError(path, 'it is a file of another kind')
}

/** Tells what is at a path from anything that takes its place later; `undefined` when there is nothing. */
export function identifySocket(path: string): string | undefined {
  const found = lstatSync(path, { bigint: true, throwIfNoEntry: false })
  return found && `${found.dev}:${found.ino}:${found.ctimeNs}`
}

/**
 * Removes the socket that a server left, unless something else is there now. Never throws. Synchronous, so
 * that whoever hears of the server's end and starts another one at the path finds it free.
 */
export function removeLeftSocket(path: string, identity: string | undefined): void {
  try {
    if (identity !== undefined && identifySocket(path) === identity) unlinkSync(path)
  } catch {
    // The next server that listens there replaces it.
  }
}

/** Resolves with the name of the system's error, or with `undefined` when a server accepted the connection. */
function connectError(path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ path })
    socket.once('connect', () => {
      socket.destroy()
      resolve(undefined)
    })
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'failed'))
  })
}

/** Returns whether the path is free now. */
async function removeSocket(path: string): Promise<boolean> {
  try {
    const found = await lstat(path)
    const isSocket = found.isSocket() || (found.isSymbolicLink() && (await leadsToSocket(path)))
    if (!isSocket) return false
    await unlink(path)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT'
  }
}

/** Codex puts the socket into a folder of its own, `codex-daemon-UID`, and a link to it at the path. */
async function leadsToSocket(link: string): Promise<boolean> {
  return /\/codex-daemon-\d+\/[^/]+$/.test(await readlink(link))
}
