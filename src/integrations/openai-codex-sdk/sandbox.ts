import { type Codex, UnsupportedMethodError } from '../../client/index.js'
import type { Received, Sent } from '../../protocol/index.js'
import type { RequestOptions } from '../../rpc/peer.js'
import type { ThreadRequest } from './thread-request.js'

/** How a thread gets its sandbox. */
export interface SandboxPlan {
  /** The sandbox to start or resume it with; `undefined` for that of the configuration. */
  readonly sandbox: Sent.SandboxMode | undefined
  /** The sandbox to give to each of its turns; `undefined` for that of the thread. */
  readonly policy: Sent.SandboxPolicy | undefined
}

/**
 * Plans the sandbox of a thread so that starting it changes no file of the user's.
 *
 * Measured with 0.169.0: `thread/start` with a folder and a sandbox that may write adds the folder to the trusted
 * projects in `config.toml`, which `codex exec` does not. A thread that starts read-only and gets its sandbox with
 * the turn does not either, and the model is told the same.
 */
export async function planSandbox(
  codex: Codex,
  request: ThreadRequest,
  options: RequestOptions,
): Promise<SandboxPlan> {
  if (request.sandboxMode === 'read-only') return { sandbox: 'read-only', policy: undefined }
  if (request.sandboxMode === 'danger-full-access') {
    return { sandbox: 'read-only', policy: { type: 'dangerFullAccess' } }
  }
  const config = await readConfig(codex, request, options)
  if (config === 'unknown') {
    return { sandbox: request.sandboxMode as Sent.SandboxMode | undefined, policy: undefined }
  }
  const mode = request.sandboxMode ?? config?.sandbox_mode
  if (mode === 'danger-full-access') return { sandbox: 'read-only', policy: { type: 'dangerFullAccess' } }
  if (mode !== 'workspace-write') return { sandbox: undefined, policy: undefined }
  const settings = config?.sandbox_workspace_write ?? {}
  return {
    sandbox: 'read-only',
    policy: {
      type: 'workspaceWrite',
      writableRoots: settings.writable_roots ?? [],
      networkAccess: request.networkAccess ?? settings.network_access ?? false,
      excludeTmpdirEnvVar: settings.exclude_tmpdir_env_var ?? false,
      excludeSlashTmp: settings.exclude_slash_tmp ?? false,
    },
  }
}

/** The settings that count for a folder; `unknown` when the server is too old to tell. */
async function readConfig(
  codex: Codex,
  { cwd }: ThreadRequest,
  options: RequestOptions,
): Promise<Received.Config | undefined | 'unknown'> {
  try {
    return (await codex.request('config/read', { cwd, includeLayers: false }, options))?.config
  } catch (error) {
    if (error instanceof UnsupportedMethodError) return 'unknown'
    throw error
  }
}
