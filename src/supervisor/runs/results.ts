import path from 'node:path'
import { redactJson } from '../../redaction/index.js'
import { isAbsence } from '../files/append-file.js'
import { PersistenceError } from '../files/errors.js'
import { type FileSystem, nodeFileSystem } from '../files/file-system.js'
import { replaceFile } from '../files/replace-file.js'
import type { RunResult } from '../records/run-record.js'

/** Keeps the full results of runs, secrets removed. */
export interface RunResults {
  /** Rejects with `PersistenceError`. */
  save(runId: string, result: RunResult): Promise<void>
  /** `undefined` when there is none. Rejects with `PersistenceError`. */
  load(runId: string): Promise<RunResult | undefined>
  /** Never rejects. */
  remove(runId: string): Promise<void>
}

/** Results that are gone when the program is. */
export function memoryResults(): RunResults {
  const results = new Map<string, string>()
  return {
    async save(runId, result) {
      results.set(runId, JSON.stringify(redactJson(result)))
    },
    async load(runId) {
      const text = results.get(runId)
      return text === undefined ? undefined : (JSON.parse(text) as RunResult)
    },
    async remove(runId) {
      results.delete(runId)
    },
  }
}

/** Results in a folder, one file each. */
export function fileResults(folder: string, files: FileSystem = nodeFileSystem): RunResults {
  // Ids are the program's own, and may hold what no file name may.
  const fileOf = (runId: string) => path.join(folder, `${Buffer.from(runId).toString('base64url')}.json`)
  return {
    async save(runId, result) {
      const file = fileOf(runId)
      await files.makeFolder(folder).catch((cause: unknown) => {
        throw new PersistenceError('Cannot make', folder, { cause, isWritten: false })
      })
      await replaceFile(files, file, [Buffer.from(`${JSON.stringify(redactJson(result))}\n`)])
    },
    async load(runId) {
      const file = fileOf(runId)
      try {
        return JSON.parse((await files.readFile(file)).toString('utf8')) as RunResult
      } catch (cause) {
        if (isAbsence(cause)) return undefined
        throw new PersistenceError('Cannot read', file, { cause })
      }
    },
    async remove(runId) {
      await files.remove(fileOf(runId)).catch(() => {})
    },
  }
}
