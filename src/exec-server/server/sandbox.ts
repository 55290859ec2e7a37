import pTimeout from 'p-timeout'
import { RpcError } from '../../rpc/errors.js'
import type { ExecMethod, ExecParams } from '../protocol/index.js'

/** How long a sandbox hook may take by default: 30,000 ms. */
export const DEFAULT_SANDBOX_TIMEOUT_MS = 30_000

/** A start that asks for a sandbox. Nothing of it has been done. */
export interface SandboxedStart {
  /** What the client sent as `sandbox`: unchecked but for `permissions` being there. `null` when only the network is to be limited. */
  readonly sandbox: unknown
  /** The other demands on the network, as the client sent them. */
  readonly enforceManagedNetwork: boolean
  readonly managedNetwork: unknown
  readonly networkProxy: unknown
  readonly argv: readonly string[]
  /** Working folder, a path of this machine. */
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly tty: boolean
}

/** The command that runs in place of a sandboxed one and keeps it inside. */
export interface SandboxedCommand {
  readonly argv: readonly string[]
  /** What the client is told, for example `linuxSeccomp`. */
  readonly sandboxType: string
}

/** A file operation that asks for a sandbox. Nothing of it has been done. */
export interface SandboxedFileRequest {
  /** What the client sent as `sandbox`. */
  readonly sandbox: unknown
  readonly method: string
  /** The paths that it would touch, of this machine. */
  readonly paths: readonly string[]
}

/**
 * Enforces the sandboxes that clients ask for. What a hook does not cover is refused, and so is a request whose
 * hook throws, rejects, answers nonsense or not in time; nothing ever runs without the sandbox it was to have.
 */
export interface SandboxHook {
  /** Wraps a command, for example in `bwrap`. @default sandboxed starts are refused */
  readonly wrapCommand?: (start: SandboxedStart) => SandboxedCommand | Promise<SandboxedCommand>
  /** Says whether a file operation stays inside its sandbox. @default sandboxed operations are refused */
  readonly allowsFile?: (request: SandboxedFileRequest) => boolean | Promise<boolean>
  /** How long either may take, in milliseconds; `Infinity` for no limit. @default DEFAULT_SANDBOX_TIMEOUT_MS */
  readonly timeoutMs?: number
}

/** Whether a start has demands that only a sandbox can meet. */
export function asksForSandbox(params: ExecParams<'process/start'>): boolean {
  const { sandbox, enforceManagedNetwork, managedNetwork, networkProxy } = params
  return [sandbox, managedNetwork, networkProxy].some(isGiven) || enforceManagedNetwork === true
}

/** Has a start wrapped. Throws an `RpcError` when it cannot be. */
export async function wrapStart(
  hook: SandboxHook | undefined,
  start: SandboxedStart,
): Promise<SandboxedCommand> {
  if (!hook?.wrapCommand) throw refusal('a sandboxed process')
  const wrapped = await guarded(hook, () => hook.wrapCommand?.(start))
  const { argv, sandboxType } = (wrapped ?? {}) as Partial<SandboxedCommand>
  const isCommand = Array.isArray(argv) && argv.length > 0 && argv.every((one) => typeof one === 'string')
  if (!isCommand || typeof sandboxType !== 'string') throw refusal('this sandboxed process')
  return { argv, sandboxType }
}

/** Lets a file operation pass when it has no sandbox or stays inside. Throws an `RpcError` otherwise. */
export async function checkFileSandbox(
  hook: SandboxHook | undefined,
  method: ExecMethod,
  sandbox: unknown,
  paths: readonly string[],
): Promise<void> {
  if (!isGiven(sandbox)) return
  if (!hook?.allowsFile) throw refusal(`${method} in a sandbox`)
  const isAllowed = await guarded(hook, () => hook.allowsFile?.({ sandbox, method, paths }))
  if (isAllowed !== true) throw RpcError.invalidRequest(`${method}: the sandbox does not allow it`)
}

async function guarded<T>({ timeoutMs }: SandboxHook, ask: () => T | Promise<T>): Promise<T> {
  try {
    const milliseconds = timeoutMs ?? DEFAULT_SANDBOX_TIMEOUT_MS
    return await pTimeout((async () => ask())(), { milliseconds })
  } catch (cause) {
    throw RpcError.internal('the sandbox could not be set up', { cause })
  }
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null
}

function refusal(what: string): RpcError {
  return RpcError.invalidRequest(`this exec-server cannot enforce ${what}: refused`)
}
