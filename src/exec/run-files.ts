import { readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { FILE_MODE } from '../process/file-modes.js'
import { makePrivateFolder } from '../process/private-folder.js'
import type { ExecFiles } from './args.js'
import type { ExecJob } from './job.js'

/** The files of one run, in a private temporary folder. */
export interface RunFiles extends ExecFiles {
  /** Removes what was made for the run. Idempotent, never rejects. */
  remove(): Promise<void>
}

/** Writes what Codex is to read. Rejects with the system's error, and leaves nothing behind then. */
export async function writeRunFiles({ request, isJson, schema }: ExecJob<unknown>): Promise<RunFiles> {
  const isAskedForMessage = !isJson && request.outputLastMessage === undefined
  if (schema === undefined && !isAskedForMessage) return { remove: async () => {} }
  const { path, remove } = await makePrivateFolder()
  const outputSchema = schema === undefined ? undefined : join(path, 'output-schema.json')
  try {
    if (outputSchema !== undefined) {
      await writeFile(outputSchema, JSON.stringify(schema), { mode: FILE_MODE, flag: 'wx' })
    }
  } catch (error) {
    await remove()
    throw error
  }
  return { outputSchema, lastMessage: isAskedForMessage ? join(path, 'last-message.txt') : undefined, remove }
}

/** The last message as Codex wrote it to a file; `undefined` when there is none to read. */
export async function readLastMessage(
  { request, cwd }: ExecJob<unknown>,
  files: ExecFiles,
): Promise<string | undefined> {
  const file = request.outputLastMessage ?? files.lastMessage
  try {
    return file === undefined ? undefined : await readFile(resolve(cwd, file), 'utf8')
  } catch {
    // A program that is no Codex may not write it; a pipe in its place may be gone. The run succeeded all the same.
    return undefined
  }
}
