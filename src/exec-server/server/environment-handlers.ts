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
    providerId: `sha256:${createHash('sha256').update(`${hostname()}\0${homedir()}`).digest('hex')}`,
    cwd: pathToUri(process.cwd()),
    userHomeDir: pathToUri(homedir()),
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

function platformName(): string {
  if (process.platform === 'win32') return 'windows'
  return process.platform === 'darwin' ? 'macos' : process.platform
}
