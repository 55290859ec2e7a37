import { createHash } from 'node:crypto'
import { homedir, hostname, tmpdir } from 'node:os'
import { basename } from 'node:path'
import { VERSION } from '../../util/version.js'
import { type ExecResult, pathToUri } from '../protocol/index.js'
import type { Handlers } from './handlers.js'
import type { ServerSettings } from './settings.js'

/** Tells about this machine. */
export function environmentHandlers(
  settings: ServerSettings,
): Pick<Handlers, 'environment/info' | 'environment/status'> {
  return {
    'environment/info': () => describeThisMachine(settings),
    'environment/status': () => ({ status: 'ready' }),
  }
}

/** What a client is told about this machine, by `initialize` and by `environment/info`. */
export function describeThisMachine({ env }: ServerSettings): ExecResult<'environment/info'> {
  const shell = env.SHELL || (process.platform === 'win32' ? (env.COMSPEC ?? 'cmd.exe') : '/bin/sh')
  return {
    shell: { name: basename(shell).replace(/\.exe$/i, ''), path: shell },
    executorVersion: VERSION,
    providerId: `sha256:${createHash('sha256')
      .update(`${hostname()}\0${uriOf(homedir)}`)
      .digest('hex')}`,
    cwd: uriOf(() => process.cwd()),
    userHomeDir: uriOf(homedir),
    platformOs: platformName(),
    prependPathDirs: [],
    temporaryDirectories: [],
    tempDir: pathToUri(tmpdir()),
    capabilities: CAPABILITIES,
  }
}

/** What is false here is refused, and clients that look do not ask for it. */
const CAPABILITIES = {
  networkProxyLaunch: false,
  networkProxyReviewDomains: false,
  credentialMasking: false,
  credentialMaskingCustomProviders: false,
  capabilityDiscoverySandbox: false,
  fsWatchMissing: true,
  capabilityDiscoveryV2: false,
  environmentConfigRead: false,
  httpHeaderEnvVars: true,
  sandboxedFileStreaming: false,
  fileWriteStreaming: true,
  shellSnapshotV2: false,
  windowsMxc: false,
  linuxRootWritePreservesDevices: false,
  linuxApprovedRootWritePreservesRestrictions: false,
} as const

/** A folder may have been removed, and a user may have no home. */
function uriOf(folder: () => string): string | null {
  try {
    return pathToUri(folder())
  } catch {
    return null
  }
}

function platformName(): string {
  if (process.platform === 'win32') return 'windows'
  return process.platform === 'darwin' ? 'macos' : process.platform
}
