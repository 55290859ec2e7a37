import { type ApprovalHook, type ApprovalPolicy, isApprovalPolicy } from '../approvals/index.js'
import type { CodexOptions, DynamicTool } from '../client/index.js'
import { CODEX_OPTION_NAMES, checkCodexOptions } from '../client/options.js'
import { checkTools } from '../client/tool-calls.js'
import { runExec } from '../exec/index.js'
import { locateHome } from '../process/codex-home/paths.js'
import { InvalidInputError } from '../util/errors.js'
import { checkFunction, checkInteger, checkKnownKeys, checkOptions, checkString } from '../util/validate.js'
import { ApprovalInbox } from './approvals/inbox.js'
import type { EventLogOptions } from './events/options.js'
import type { SupervisorLogger } from './log.js'
import type { SupervisorKinds } from './records/kinds.js'
import type { ExecRunner } from './runs/runs.js'
import { type ClientFactory, connectClient, type Spawner, spawnServer } from './server/connect.js'
import { type CheckedServer, checkServer, type ServerOptions } from './server/options.js'
import { checkRestart, type RestartLimits, type RestartOptions } from './server/restart-policy.js'
import type { Store } from './store/store.js'

/** How much a supervisor does at once and keeps. */
export interface SupervisorLimits {
  /** Runs at once. @default 2 */
  readonly maxConcurrentRuns?: number | undefined
  /** Runs that wait, at least 1: every run waits for a place first. @default 1000 */
  readonly maxQueuedRuns?: number | undefined
  /** Closed sessions whose records are kept; the oldest go first. @default 1000 */
  readonly keptSessions?: number | undefined
  /** Turns that have ended whose records are kept. @default 1000 */
  readonly keptTurns?: number | undefined
  /** Runs that have ended whose records and results are kept. @default 1000 */
  readonly keptRuns?: number | undefined
}

/** Defaults of {@link SupervisorLimits}. */
export const DEFAULT_SUPERVISOR_LIMITS = {
  maxConcurrentRuns: 2,
  maxQueuedRuns: 1_000,
  keptSessions: 1_000,
  keptTurns: 1_000,
  keptRuns: 1_000,
} as const

/** Options of `Supervisor.open`. */
export interface SupervisorOptions {
  /** Folder for the state, the events and the results of runs; it is made if there is none. @default memory only */
  readonly directory?: string | undefined
  /** Where the Codex server comes from. @default one that the supervisor starts */
  readonly server?: ServerOptions | undefined
  /** Variables laid over those of this process, for the server and the runs. `undefined` removes one. @default none */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
  /** Folder for Codex's configuration, credentials and threads. @default Codex's own default */
  readonly codexHome?: string | undefined
  /** Decides what Codex may do beyond its sandbox: a policy, a hook, or an inbox. @default declines */
  readonly approvals?: ApprovalPolicy | ApprovalHook | ApprovalInbox | undefined
  /** Tools that every session offers to the model, and this program runs. @default none */
  readonly tools?: readonly DynamicTool[] | undefined
  /** Keeps the records. The supervisor opens it and closes it. @default a `fileStore` in `directory`, or memory */
  readonly store?: Store<SupervisorKinds> | undefined
  /** How the event log is kept. @default DEFAULT_EVENT_LOG */
  readonly eventLog?: EventLogOptions | undefined
  /** How a server that ended is started again; `false` for never. @default DEFAULT_RESTART */
  readonly restart?: RestartOptions | boolean | undefined
  /** @default DEFAULT_SUPERVISOR_LIMITS */
  readonly limits?: SupervisorLimits | undefined
  /** Receives each event of the log. What it throws is dropped. @default nobody */
  readonly logger?: SupervisorLogger | undefined
  /** Further options of the client: deadlines, handlers, what becomes of stalled turns. */
  readonly client?: Omit<CodexOptions, 'onApproval' | 'approvals' | 'reconnect' | 'signal'> | undefined
  /** Starts the server process. @default `codex app-server`, or the `command` of the server */
  readonly spawner?: Spawner | undefined
  /** Makes the client of a server. @default `Codex.connect` */
  readonly clientFactory?: ClientFactory | undefined
  /** Runs the jobs. @default `runExec` */
  readonly execRunner?: ExecRunner | undefined
}

/** {@link SupervisorOptions}, checked and complete. */
export interface SupervisorSettings {
  readonly directory: string | undefined
  readonly server: CheckedServer
  readonly env: Readonly<Record<string, string | undefined>> | undefined
  /** Absolute. */
  readonly codexHome: string
  /** Whether it is the user's own, which Codex makes if there is none. */
  readonly isDefaultHome: boolean
  readonly approvals: Pick<CodexOptions, 'onApproval' | 'approvals' | 'approvalTimeoutMs'>
  readonly inbox: ApprovalInbox | undefined
  readonly tools: readonly DynamicTool[]
  readonly store: Store<SupervisorKinds> | undefined
  readonly eventLog: EventLogOptions | undefined
  readonly restart: RestartLimits
  readonly limits: { readonly [Name in keyof SupervisorLimits]-?: number }
  readonly logger: SupervisorLogger | undefined
  readonly client: CodexOptions
  readonly spawner: Spawner
  readonly clientFactory: ClientFactory
  readonly execRunner: ExecRunner
}

const KNOWN: { readonly [Name in keyof Required<SupervisorOptions>]: true } = {
  directory: true,
  server: true,
  env: true,
  codexHome: true,
  approvals: true,
  tools: true,
  store: true,
  eventLog: true,
  restart: true,
  limits: true,
  logger: true,
  client: true,
  spawner: true,
  clientFactory: true,
  execRunner: true,
}

/** Checks the options and fills in the defaults. Throws `InvalidInputError` naming the option. */
export function checkSupervisorOptions(options: SupervisorOptions): SupervisorSettings {
  checkOptions('options', options)
  checkKnownKeys(options, KNOWN)
  const { directory, env, codexHome, client, tools } = options
  checkString('directory', directory)
  checkString('codexHome', codexHome)
  for (const name of ['env', 'client'] as const) checkOptions(name, options[name])
  checkStore(options.store)
  for (const name of ['logger', 'spawner', 'clientFactory', 'execRunner'] as const)
    checkFunction(name, options[name])
  const { experimentalApi } = checkClient(client)
  const home = locateHome(codexHome, { ...process.env, ...env })
  if (!home) throw new InvalidInputError('codexHome', codexHome, 'a folder: this user has none')
  return {
    directory,
    server: checkServer(options.server),
    env,
    codexHome: home.path,
    isDefaultHome: home.origin === 'default',
    approvals: checkApprovals(options.approvals),
    inbox: options.approvals instanceof ApprovalInbox ? options.approvals : undefined,
    tools: checkTools(tools, experimentalApi),
    store: options.store,
    eventLog: options.eventLog,
    restart: checkRestart(options.restart),
    limits: checkLimits(options.limits),
    logger: options.logger,
    client: client ?? {},
    spawner: options.spawner ?? spawnServer,
    clientFactory: options.clientFactory ?? connectClient,
    execRunner: options.execRunner ?? ((request) => runExec(request)),
  }
}

/** What the supervisor sets itself is no option of its client. */
function checkClient(client: CodexOptions = {}): { readonly experimentalApi: boolean } {
  const {
    onApproval: _hook,
    approvals: _policy,
    reconnect: _reconnect,
    signal: _signal,
    ...names
  } = CODEX_OPTION_NAMES
  checkKnownKeys(client, names)
  return checkCodexOptions(client)
}

const STORE_METHODS: Readonly<Record<Exclude<keyof Store<SupervisorKinds>, symbol>, true>> = {
  open: true,
  get: true,
  list: true,
  put: true,
  patch: true,
  delete: true,
  batch: true,
  close: true,
}

function checkStore(store: unknown): void {
  checkOptions('store', store)
  if (store === undefined) return
  for (const name of Object.keys(STORE_METHODS)) {
    if (typeof (store as Readonly<Record<string, unknown>>)[name] !== 'function') {
      throw new InvalidInputError('store', store, `a store, which has a method \`${name}\``)
    }
  }
}

function checkApprovals(approvals: unknown): SupervisorSettings['approvals'] {
  if (approvals === undefined) return {}
  // It declines by itself, on time.
  if (approvals instanceof ApprovalInbox) return { onApproval: approvals.hook, approvalTimeoutMs: Infinity }
  if (typeof approvals === 'function') return { onApproval: approvals as ApprovalHook }
  if (isApprovalPolicy(approvals)) return { approvals }
  throw new InvalidInputError('approvals', approvals, 'a policy, a hook, or an inbox')
}

function checkLimits(limits: SupervisorLimits | undefined): SupervisorSettings['limits'] {
  checkOptions('limits', limits)
  if (limits)
    checkKnownKeys(limits, {
      maxConcurrentRuns: true,
      maxQueuedRuns: true,
      keptSessions: true,
      keptTurns: true,
      keptRuns: true,
    })
  const check = (name: keyof typeof DEFAULT_SUPERVISOR_LIMITS, min: number) =>
    checkInteger(`limits.${name}`, limits?.[name], DEFAULT_SUPERVISOR_LIMITS[name], min)
  return {
    maxConcurrentRuns: check('maxConcurrentRuns', 1),
    maxQueuedRuns: check('maxQueuedRuns', 1),
    keptSessions: check('keptSessions', 0),
    keptTurns: check('keptTurns', 0),
    keptRuns: check('keptRuns', 0),
  }
}
