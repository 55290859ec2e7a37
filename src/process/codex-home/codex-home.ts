import type { InspectCodexHomeOptions } from './inspect.js'
import type { PrepareCodexHomeOptions, PreparedCodexHome } from './prepare.js'
import type { CodexHomeReport } from './report.js'

/**
 * Reports whether a Codex home can be used and which credentials it has, without any value. The home is the
 * path given, else the one that Codex would use: `CODEX_HOME`, else `.codex` in the user's folder.
 *
 * What is missing or unreadable is in the report. Throws `InvalidInputError` for wrong arguments and
 * `AbortedError`, nothing else.
 */
export async function inspectCodexHome(
  path?: string,
  options?: InspectCodexHomeOptions,
): Promise<CodexHomeReport> {
  const { inspectHome } = await import('./home-files.js')
  return inspectHome(path, options)
}

/**
 * Makes a Codex home of its own for a worker: a folder of mode 0700 with copies of mode 0600 of what Codex
 * needs to sign in and to be configured. A folder that did not exist appears complete in one step; in one that
 * did, each file is replaced in one step, and other files are left alone.
 *
 * Links in the source are followed only while they stay in it. A link or another folder that takes the place of
 * the home meanwhile is refused. Unfinished copies that calls for the same home left behind when they were killed
 * are removed once they are an hour old.
 *
 * Throws `InvalidInputError` for wrong options and for folders of which one lies in the other,
 * `AbortedError`, and `CodexHomeError`; no message holds a file's contents.
 */
export async function prepareCodexHome(options: PrepareCodexHomeOptions): Promise<PreparedCodexHome> {
  const { prepareHome } = await import('./home-files.js')
  return prepareHome(options)
}
