import {
  type ApprovalHook,
  type ApprovalPolicy,
  DEFAULT_APPROVAL_TIMEOUT_MS,
  isApprovalPolicy,
} from '../approvals/index.js'
import type { Sent } from '../protocol/index.js'
import { DEFAULT_REQUEST_TIMEOUT_MS } from '../rpc/peer.js'
import { InvalidInputError } from '../util/errors.js'
import { checkFunction, checkOptions, checkSignal, checkString, checkTimeoutMs } from '../util/validate.js'
import { VERSION } from '../util/version.js'
import { checkHandlers, type ServerRequestHandlers } from './request-handlers.js'

/** Deadline of the handshake by default: 30,000 ms. */
export const DEFAULT_HANDSHAKE_TIMEOUT_MS = 30_000
/** Time a provider may stay out of reach by default: 60,000 ms. */
export const DEFAULT_PROVIDER_TIMEOUT_MS = 60_000
/** Time Codex has to confirm an interrupt by default: 10,000 ms. */
export const DEFAULT_INTERRUPT_TIMEOUT_MS = 10_000

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
  /** Deadline of a request that names none, in milliseconds. @default DEFAULT_REQUEST_TIMEOUT_MS */
  readonly requestTimeoutMs?: number | undefined
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
  handshakeTimeoutMs: true,
  interruptTimeoutMs: true,
  providerTimeoutMs: true,
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
  readonly handshakeTimeoutMs: number
  readonly interruptTimeoutMs: number
  readonly providerTimeoutMs: number
  readonly signal: AbortSignal | undefined
}

/** Checks the options and fills in the defaults. Throws `InvalidInputError` naming the option. */
export function checkCodexOptions(options: CodexOptions): CheckedOptions {
  checkOptions('options', options)
  checkSignal('signal', options.signal)
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
