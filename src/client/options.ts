import {
  type ApprovalHook,
  type ApprovalPolicy,
  DEFAULT_APPROVAL_TIMEOUT_MS,
  isApprovalPolicy,
} from '../approvals/index.js'
import type { Sent } from '../protocol/index.js'
import { DEFAULT_REQUEST_TIMEOUT_MS } from '../rpc/peer.js'
import { InvalidInputError } from '../util/errors.js'
import {
  checkFunction,
  checkOneOf,
  checkOptions,
  checkSignal,
  checkString,
  checkTimeoutMs,
} from '../util/validate.js'
import { VERSION } from '../util/version.js'
import { checkFlowLimits, type FlowLimits } from './flow-control/limits.js'
import { checkReconnect, type ReconnectOptions, type ReconnectPolicy } from './reconnect/options.js'
import { checkHandlers, type ServerRequestHandlers } from './request-handlers.js'
import type { StallPolicy } from './stall-watch.js'

/** Deadline of the handshake by default: 30,000 ms. */
export const DEFAULT_HANDSHAKE_TIMEOUT_MS = 30_000
/** Time a provider may stay out of reach by default: 60,000 ms. */
export const DEFAULT_PROVIDER_TIMEOUT_MS = 60_000
/** Time Codex has to confirm an interrupt by default: 10,000 ms. */
export const DEFAULT_INTERRUPT_TIMEOUT_MS = 10_000
/** Time without a sign of life after which a turn counts as stalled, by default: 600,000 ms. */
export const DEFAULT_STALL_TIMEOUT_MS = 600_000
/** Time a silent turn has, once that was told, until it is interrupted, by default: 60,000 ms. */
export const DEFAULT_STALL_GRACE_MS = 60_000

/** Options of a client, whatever it is connected to. */
export interface CodexOptions {
  /** How this program introduces itself; Codex passes it on to the model's provider. @default codex-conduit */
  readonly clientInfo?:
    | { readonly name: string; readonly title?: string; readonly version: string }
    | undefined
  /**
   * Whether Codex offers its experimental methods and fields to this client (75 of 187 methods in 0.169.0;
   * among what they bring are dynamic tools and the list of offered decisions). @default true
   */
  readonly experimentalApi?: boolean | undefined
  /**
   * Notifications that Codex leaves out for this connection, by their exact names. Leaving out those of turns
   * and items makes turns incomplete. @default none
   */
  readonly optOutNotifications?: readonly string[] | undefined
  /**
   * Decides what Codex may do beyond its sandbox, and answers its questions. Without it everything is declined.
   * See {@link ApprovalHook} for what happens when it throws or does not answer. @default declines
   */
  readonly onApproval?: ApprovalHook | undefined
  /** Decides in place of `onApproval`: made by `approvalPolicy`. @default none */
  readonly approvals?: ApprovalPolicy | undefined
  /** Time a hook, policy or handler has, in milliseconds, or `Infinity`. @default DEFAULT_APPROVAL_TIMEOUT_MS */
  readonly approvalTimeoutMs?: number | undefined
  /**
   * Answer requests of the server by method, in place of the hook, the policy and the tools. What a handler
   * returns is checked before it is sent; when it is wrong, late, or the handler throws, the request is
   * refused and a `diagnostic` tells. Such requests are no `approval.requested` events. @default none
   */
  readonly handlers?: ServerRequestHandlers | undefined
  /**
   * Deadline of a request that names none, in milliseconds: of its waiting, its attempts and its answer.
   * @default DEFAULT_REQUEST_TIMEOUT_MS
   */
  readonly requestTimeoutMs?: number | undefined
  /**
   * Most requests that wait for an answer at once; further ones wait their turn, in the order they were made.
   * What stops something (`turn/interrupt`, `process/kill` and the like) never waits; what lasts as long as
   * other requests want (`command/exec` and the like) has as many places of its own.
   * @default DEFAULT_MAX_IN_FLIGHT_REQUESTS
   */
  readonly maxInFlightRequests?: number | undefined
  /**
   * Most of them that start, resume or fork a thread, which cost Codex the most. Other requests pass those that
   * wait for this. @default DEFAULT_MAX_THREAD_REQUESTS
   */
  readonly maxThreadRequests?: number | undefined
  /**
   * How often a request is sent again that Codex refused because it was overloaded (-32001), within its
   * deadline, after waits from 50 ms on that double; 0 for never. @default DEFAULT_OVERLOAD_RETRIES
   */
  readonly overloadRetries?: number | undefined
  /** Deadline of the handshake, in milliseconds. @default DEFAULT_HANDSHAKE_TIMEOUT_MS */
  readonly handshakeTimeoutMs?: number | undefined
  /**
   * Time Codex has to end an interrupted turn, in milliseconds. The turn then settles without it. With
   * `Infinity`, an interrupted turn waits for Codex for as long as it takes.
   * @default DEFAULT_INTERRUPT_TIMEOUT_MS
   */
  readonly interruptTimeoutMs?: number | undefined
  /**
   * Time that a turn waits for a provider that cannot be reached, in milliseconds, before it is interrupted and
   * fails as `provider-unavailable`; Codex itself would retry for ever. @default DEFAULT_PROVIDER_TIMEOUT_MS
   */
  readonly providerTimeoutMs?: number | undefined
  /**
   * Makes a lost connection anew: `true`, or how. `Codex.connect` must then be given a function that makes a
   * transport. Codex keeps threads and turns running meanwhile when only the socket broke. Their threads are
   * resumed and their turns go on, or settle as they ended; approvals that are being decided are not asked
   * again; requests that wait for their answer reject, and new ones wait for the connection. @default false
   */
  readonly reconnect?: boolean | ReconnectOptions | undefined
  /**
   * Time without any sign of life of a running turn, in milliseconds, after which a `turn.stalled` event tells why;
   * `Infinity` watches no turn. What only says that the provider cannot be reached is no sign of life.
   * @default DEFAULT_STALL_TIMEOUT_MS
   */
  readonly stallTimeoutMs?: number | undefined
  /**
   * Time from a `turn.stalled` for silence until the turn is interrupted, in milliseconds, or `Infinity`.
   * @default DEFAULT_STALL_GRACE_MS
   */
  readonly stallGraceMs?: number | undefined
  /**
   * What becomes of a stalled turn. With `interrupt` it is interrupted after `stallGraceMs`, and fails as
   * `turn-stalled`, when nothing is known that it waits for. A turn that waits for an approval or an answer is never
   * interrupted for that, nor one whose command or tool call is running: the server is asked about it each
   * `stallTimeoutMs`, and only if it does not answer within `requestTimeoutMs`, the turn is interrupted. With `report`
   * a stall is only told. @default interrupt
   */
  readonly onStall?: 'interrupt' | 'report' | undefined
  /** Gives up the start; a client that has started is not affected. */
  readonly signal?: AbortSignal | undefined
}

/** The names of all {@link CodexOptions}. */
export const CODEX_OPTION_NAMES: { readonly [Name in keyof Required<CodexOptions>]: true } = {
  clientInfo: true,
  experimentalApi: true,
  optOutNotifications: true,
  onApproval: true,
  approvals: true,
  approvalTimeoutMs: true,
  handlers: true,
  requestTimeoutMs: true,
  maxInFlightRequests: true,
  maxThreadRequests: true,
  overloadRetries: true,
  handshakeTimeoutMs: true,
  interruptTimeoutMs: true,
  providerTimeoutMs: true,
  reconnect: true,
  stallTimeoutMs: true,
  stallGraceMs: true,
  onStall: true,
  signal: true,
}

/** {@link CodexOptions}, checked and complete. */
export interface CheckedOptions {
  readonly initialize: Sent.InitializeParams
  readonly experimentalApi: boolean
  readonly hook: ApprovalHook | undefined
  /** In whose name the hook decides. */
  readonly decider: 'hook' | 'policy'
  readonly handlers: ServerRequestHandlers
  readonly approvalTimeoutMs: number
  readonly requestTimeoutMs: number
  readonly flow: FlowLimits
  readonly handshakeTimeoutMs: number
  readonly interruptTimeoutMs: number
  readonly providerTimeoutMs: number
  readonly reconnect: ReconnectPolicy | undefined
  readonly stall: StallPolicy
  readonly signal: AbortSignal | undefined
}

/** Checks the options and fills in the defaults. Throws `InvalidInputError` naming the option. */
export function checkCodexOptions(options: CodexOptions): CheckedOptions {
  checkOptions('options', options)
  checkSignal('signal', options.signal)
  checkOneOf('onStall', options.onStall, ['interrupt', 'report'])
  return {
    initialize: initializeParams(options),
    experimentalApi: options.experimentalApi ?? true,
    hook: checkHook(options),
    decider: options.approvals ? 'policy' : 'hook',
    handlers: checkHandlers(options.handlers),
    approvalTimeoutMs: checkTimeoutMs(
      'approvalTimeoutMs',
      options.approvalTimeoutMs,
      DEFAULT_APPROVAL_TIMEOUT_MS,
    ),
    requestTimeoutMs: checkTimeoutMs(
      'requestTimeoutMs',
      options.requestTimeoutMs,
      DEFAULT_REQUEST_TIMEOUT_MS,
    ),
    flow: checkFlowLimits(options),
    handshakeTimeoutMs: checkTimeoutMs(
      'handshakeTimeoutMs',
      options.handshakeTimeoutMs,
      DEFAULT_HANDSHAKE_TIMEOUT_MS,
    ),
    interruptTimeoutMs: checkTimeoutMs(
      'interruptTimeoutMs',
      options.interruptTimeoutMs,
      DEFAULT_INTERRUPT_TIMEOUT_MS,
    ),
    providerTimeoutMs: checkTimeoutMs(
      'providerTimeoutMs',
      options.providerTimeoutMs,
      DEFAULT_PROVIDER_TIMEOUT_MS,
    ),
    reconnect: checkReconnect(options.reconnect),
    stall: {
      stallTimeoutMs: checkTimeoutMs('stallTimeoutMs', options.stallTimeoutMs, DEFAULT_STALL_TIMEOUT_MS),
      stallGraceMs: checkTimeoutMs('stallGraceMs', options.stallGraceMs, DEFAULT_STALL_GRACE_MS),
      onStall: options.onStall ?? 'interrupt',
    },
    signal: options.signal,
  }
}

function checkHook({ onApproval, approvals }: CodexOptions): ApprovalHook | undefined {
  checkFunction('onApproval', onApproval)
  if (approvals === undefined) return onApproval
  if (!isApprovalPolicy(approvals)) {
    throw new InvalidInputError('approvals', approvals, 'a policy, made by approvalPolicy()')
  }
  if (onApproval) throw new InvalidInputError('approvals', approvals, 'nothing: `onApproval` is given')
  return (request, context) => approvals.decide(request, context)
}

function initializeParams(options: CodexOptions): Sent.InitializeParams {
  const { clientInfo, experimentalApi = true, optOutNotifications } = options
  checkOptions('clientInfo', clientInfo)
  if (clientInfo) {
    requireText('clientInfo.name', clientInfo.name)
    requireText('clientInfo.version', clientInfo.version)
    checkString('clientInfo.title', clientInfo.title)
  }
  if (typeof experimentalApi !== 'boolean') {
    throw new InvalidInputError('experimentalApi', experimentalApi, 'a boolean')
  }
  if (optOutNotifications !== undefined && !Array.isArray(optOutNotifications)) {
    throw new InvalidInputError('optOutNotifications', optOutNotifications, 'a list of method names')
  }
  for (const [index, name] of (optOutNotifications ?? []).entries()) {
    requireText(`optOutNotifications[${index}]`, name)
  }
  return {
    clientInfo: clientInfo ?? { name: 'codex-conduit', title: 'codex-conduit', version: VERSION },
    capabilities: {
      experimentalApi,
      ...(optOutNotifications ? { optOutNotificationMethods: optOutNotifications } : {}),
    },
  }
}

function requireText(option: string, value: unknown): void {
  if (typeof value !== 'string' || value === '')
    throw new InvalidInputError(option, value, 'a non-empty string')
}
