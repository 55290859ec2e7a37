import { DEFAULT_REQUEST_TIMEOUT_MS } from '../../rpc/peer-options.js'
import { InvalidInputError } from '../../util/errors.js'
import {
  checkFunction,
  checkKnownKeys,
  checkOptions,
  checkSignal,
  checkString,
  checkTimeoutMs,
} from '../../util/validate.js'
import type { ConnectionSettings } from './connection.js'
import type { NetworkPolicyHook } from './network-policy.js'
import { checkResume, type ResumeOptions } from './resume.js'

/** How long a server may take to answer `initialize` by default: 10,000 ms. */
export const DEFAULT_INITIALIZE_TIMEOUT_MS = 10_000

/** Options of every way to connect to an exec-server. */
export interface ExecClientOptions {
  /** What this client calls itself. */
  readonly clientName: string
  /**
   * How long the connection may take to be made and `initialize` to be answered, in milliseconds.
   * @default DEFAULT_INITIALIZE_TIMEOUT_MS
   */
  readonly initializeTimeoutMs?: number | undefined
  /** How long any other answer may take, in milliseconds. @default 60,000 */
  readonly requestTimeoutMs?: number | undefined
  /**
   * Session of an earlier client to take over, with its processes: see `ExecServerClient.attach`.
   * @default a new session
   */
  readonly resumeSessionId?: string | undefined
  /**
   * Whether a lost connection is made again and its session resumed. Only where the client can open another
   * connection, and on current servers. @default true
   */
  readonly resume?: boolean | ResumeOptions | undefined
  /** Gives the connecting up. */
  readonly signal?: AbortSignal | undefined
  /**
   * Decides whether a process may reach a host, when the server asks. What it throws, and a decision that is none,
   * is a denial. @default everything is denied
   */
  readonly onNetworkPolicyRequest?: NetworkPolicyHook | undefined
  /** Receives what goes wrong without ending anything: silent by default; what it throws is dropped. */
  readonly onError?: ((error: Error) => void) | undefined
}

const KNOWN: Readonly<Record<keyof ExecClientOptions, true>> = {
  clientName: true,
  initializeTimeoutMs: true,
  requestTimeoutMs: true,
  resumeSessionId: true,
  resume: true,
  signal: true,
  onNetworkPolicyRequest: true,
  onError: true,
}

/** Fills in the defaults. Throws `InvalidInputError` naming the option. */
export function checkClientOptions(options: ExecClientOptions, canReopen: boolean): ConnectionSettings {
  checkOptions('options', options)
  if (options === undefined) throw new InvalidInputError('options', options, 'an object')
  checkKnownKeys(options, KNOWN)
  const { clientName, initializeTimeoutMs, requestTimeoutMs, resume } = options
  if (clientName === undefined) throw new InvalidInputError('clientName', clientName, 'a name')
  checkString('clientName', clientName)
  checkString('resumeSessionId', options.resumeSessionId)
  checkSignal('signal', options.signal)
  checkFunction('onNetworkPolicyRequest', options.onNetworkPolicyRequest)
  checkFunction('onError', options.onError)
  if (resume !== undefined && typeof resume !== 'boolean') checkOptions('resume', resume)
  const settings = checkResume(resume)
  return {
    clientName,
    initializeTimeoutMs: checkTimeoutMs(
      'initializeTimeoutMs',
      initializeTimeoutMs,
      DEFAULT_INITIALIZE_TIMEOUT_MS,
    ),
    requestTimeoutMs: checkTimeoutMs('requestTimeoutMs', requestTimeoutMs, DEFAULT_REQUEST_TIMEOUT_MS),
    resume: canReopen ? settings : undefined,
  }
}

/** The client's own options out of those of a way to connect, and the others. */
export function splitOptions<O extends ExecClientOptions>(
  options: O,
): { readonly client: ExecClientOptions; readonly others: Omit<O, keyof ExecClientOptions> } {
  checkOptions('options', options)
  const entries = Object.entries(options ?? {})
  const client = entries.filter(([name]) => Object.hasOwn(KNOWN, name))
  const others = entries.filter(([name]) => !Object.hasOwn(KNOWN, name))
  return {
    client: Object.fromEntries(client) as unknown as ExecClientOptions,
    others: Object.fromEntries(others) as Omit<O, keyof ExecClientOptions>,
  }
}
