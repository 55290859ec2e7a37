import { resolve } from 'node:path'
import { SANDBOXES } from '../../client/codex.js'
import { InvalidInputError } from '../../util/errors.js'
import { checkOneOf, checkString } from '../../util/validate.js'
import type { ThreadOptions } from './options.js'
import { checkGitRepository, workingFolder } from './working-folder.js'

/** What Codex is to be told of a thread, whether it is started or resumed. */
export interface ThreadRequest {
  readonly cwd: string
  readonly model: string | undefined
  readonly threadSource: string
  readonly sandboxMode: string | undefined
  readonly networkAccess: boolean | undefined
  readonly additionalDirectories: readonly string[]
  /** Settings over those of the configuration, by their dotted names. */
  readonly config: Readonly<Record<string, unknown>>
  /** Two requests with the same key leave a thread as it is. */
  readonly key: string
}

const APPROVAL_MODES = ['never', 'on-request', 'on-failure', 'untrusted']
const WEB_SEARCH_MODES = ['disabled', 'cached', 'live']

/**
 * Reads the options of a thread. Empty texts count as left out and unknown options are passed over, as in the
 * official package. Throws `InvalidInputError` for wrong values, and a `CodexSdkError` for a folder that Codex
 * does not work in.
 *
 * @param canAsk - whether somebody answers when Codex asks for approval
 */
export function threadRequest(options: ThreadOptions, canAsk: boolean): ThreadRequest {
  checkThreadOptions(options)
  const cwd = workingFolder(options.workingDirectory)
  if (!options.skipGitRepoCheck) checkGitRepository(cwd)
  const { networkAccessEnabled } = options
  const directories = (options.additionalDirectories ?? []).map((folder) => resolve(cwd, folder))
  const request = {
    cwd,
    model: options.model || undefined,
    threadSource: options.threadSource ?? 'user',
    sandboxMode: options.sandboxMode || undefined,
    networkAccess: networkAccessEnabled,
    additionalDirectories: directories,
    config: configOf(options, canAsk),
  }
  const { threadSource: _, ...lasting } = request
  return { ...request, key: JSON.stringify(lasting) }
}

function configOf(options: ThreadOptions, canAsk: boolean): Record<string, unknown> {
  const { modelReasoningEffort, networkAccessEnabled, approvalPolicy } = options
  const webSearch = webSearchOf(options)
  // Without anybody to answer, Codex's command line never asks, whatever the policy.
  const approval = canAsk ? approvalPolicy : 'never'
  return {
    ...(modelReasoningEffort ? { model_reasoning_effort: modelReasoningEffort } : {}),
    ...(networkAccessEnabled === undefined
      ? {}
      : { 'sandbox_workspace_write.network_access': networkAccessEnabled }),
    ...(webSearch ? { web_search: webSearch } : {}),
    ...(approval ? { approval_policy: approval } : {}),
  }
}

function webSearchOf({ webSearchMode, webSearchEnabled }: ThreadOptions): string | undefined {
  if (webSearchMode) return webSearchMode
  if (webSearchEnabled === undefined) return undefined
  return webSearchEnabled ? 'live' : 'disabled'
}

function checkThreadOptions(options: ThreadOptions): void {
  for (const name of ['model', 'threadSource', 'workingDirectory', 'modelReasoningEffort'] as const) {
    checkString(name, options[name], false)
  }
  if (options.workingDirectory?.includes('\0')) {
    throw new InvalidInputError('workingDirectory', options.workingDirectory, 'a path without NUL bytes')
  }
  checkOneOf('sandboxMode', options.sandboxMode || undefined, SANDBOXES)
  checkOneOf('approvalPolicy', options.approvalPolicy || undefined, APPROVAL_MODES)
  checkOneOf('webSearchMode', options.webSearchMode || undefined, WEB_SEARCH_MODES)
  for (const name of ['networkAccessEnabled', 'webSearchEnabled'] as const) {
    const value: unknown = options[name]
    if (value !== undefined && typeof value !== 'boolean') {
      throw new InvalidInputError(name, value, 'a boolean')
    }
  }
  checkDirectories(options.additionalDirectories)
}

function checkDirectories(directories: unknown): void {
  if (directories === undefined) return
  if (!Array.isArray(directories)) {
    throw new InvalidInputError('additionalDirectories', directories, 'a list of folders')
  }
  for (const [index, folder] of directories.entries()) {
    if (typeof folder === 'string' && folder !== '' && !folder.includes('\0')) continue
    throw new InvalidInputError(
      `additionalDirectories[${index}]`,
      folder,
      'a non-empty string without NUL bytes',
    )
  }
}
