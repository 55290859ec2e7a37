// The default import, so that a test can stand in for single calls.
import fs from 'node:fs/promises'
import path from 'node:path'
import { CodexHomeError, isAbsence } from './home-error.js'
import type { FolderIdentity } from './pinned-folder.js'

/** A Codex that is ending may still write while its home is being removed. */
const RETRIES = { maxRetries: 5, retryDelay: 50 } as const

/**
 * Removes a home with everything in it. Links are removed, not followed. Does nothing when the folder is gone
 * or another one has taken its place.
 *
 * Throws {@link CodexHomeError} (`CODEX_HOME_UNWRITABLE`).
 */
export async function removeHome(target: string, identity: FolderIdentity): Promise<void> {
  try {
    const now = await fs.lstat(target, { bigint: true })
    if (now.dev !== identity.dev || now.ino !== identity.ino) return
    await fs.rm(target, { recursive: true, force: true, ...RETRIES })
  } catch (error) {
    if (isAbsence(error)) return
    const file = path.basename(target)
    throw new CodexHomeError('CODEX_HOME_UNWRITABLE', `The Codex home \`${file}\` cannot be removed`, {
      file,
      error,
    })
  }
}
