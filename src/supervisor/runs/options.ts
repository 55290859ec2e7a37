import { resolve } from 'node:path'
import { readJob } from '../../exec/job.js'
import { InvalidInputError } from '../../util/errors.js'
import { checkOptions, checkString } from '../../util/validate.js'
import type { RunRequest } from '../records/run-record.js'
import { checkJson } from '../sessions/options.js'

/**
 * A job for `codex exec`. `purpose` and `metadata` of the request are kept with its record. Relative paths, and a `cwd`
 * that is left out, count from the folder of the program that creates the run, whichever runs it.
 */
export interface CreateRunOptions extends RunRequest {
  /** @default a new one */
  readonly runId?: string | undefined
}

/**
 * Checks a job and separates what `codex exec` is asked, its folder and program made absolute. Rejects with `InvalidInputError`.
 */
export async function checkRun(options: CreateRunOptions): Promise<RunRequest> {
  if (options === undefined) throw new InvalidInputError('options', options, 'an object')
  checkOptions('options', options)
  const { runId, ...request } = options
  checkString('runId', runId)
  for (const name of ['env', 'signal', 'onSpawn'] as const) {
    const value = (request as Record<string, unknown>)[name]
    if (value !== undefined) throw new InvalidInputError(name, value, 'nothing: it cannot wait on the disk')
  }
  if (request.outputSchema !== undefined && '~standard' in request.outputSchema) {
    throw new InvalidInputError(
      'outputSchema',
      request.outputSchema,
      'a JSON schema: it must wait on the disk',
    )
  }
  checkJson('metadata', request.metadata)
  checkJson('config', request.config)
  await readJob(request)
  const { cwd = '.', cliPath } = request
  // It may begin in a later program, which runs in another folder.
  return {
    ...request,
    cwd: resolve(cwd),
    ...(cliPath === undefined ? {} : { cliPath: resolve(cliPath) }),
  }
}
