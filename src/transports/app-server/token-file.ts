import { rmSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { guardChild } from '../../process/exit-guard.js'

/** A file that only this user can read. */
export interface TokenFile {
  readonly path: string
  /** Removes the file and its folder. Idempotent, never rejects. */
  remove(): Promise<void>
}

/** Writes a token to a private temporary file, which goes with this process at the latest. */
export async function writeTokenFile(token: string): Promise<TokenFile> {
  // mkdtemp makes a folder that nobody else can enter.
  const folder = await mkdtemp(join(tmpdir(), 'codex-conduit-'))
  const release = guardChild(() => rmSync(folder, { recursive: true, force: true }))
  const remove = async () => {
    await rm(folder, { recursive: true, force: true }).catch(() => {})
    release()
  }
  const path = join(folder, 'token')
  try {
    await writeFile(path, token, { mode: 0o600, flag: 'wx' })
  } catch (error) {
    await remove()
    throw error
  }
  return { path, remove }
}
