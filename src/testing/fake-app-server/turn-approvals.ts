import type { Received } from '../../protocol/index.js'
import { unlessAborted } from '../model-stub/play.js'
import { type Chunks, eachChunk } from './chunks.js'
import type { ServerRequestAnswer } from './client.js'
import { type FileEdit, items } from './items.js'
import { isMap } from './shapes.js'
import type { TurnRun } from './turn-run.js'

/** How a command ends. */
export interface CommandOutcome {
  /** @default 0 */
  readonly exitCode?: number
  /** What it writes. @default '' */
  readonly output?: string
  /**
   * The pieces that the output arrives in; they should join to it. The command runs until they end.
   * @default one piece with all of it
   */
  readonly chunks?: Chunks
  /** Folder that it runs in. @default the thread's */
  readonly cwd?: string
  /** How long it took, in milliseconds, as it is told: nothing waits. @default 0 */
  readonly durationMs?: number
}

/** A command that Codex asks about before it runs. */
export interface CommandApproval extends CommandOutcome {
  /** The command line; what it does once it is allowed is told by the other members. */
  readonly command: string
  /** Why the model wants it. @default none */
  readonly reason?: string
  /** @default accept, an amendment of the exec policy for this very command, and cancel */
  readonly availableDecisions?: Received.CommandExecutionApprovalDecision[]
}

/** Changes of files that Codex asks about before it makes them. */
export interface FileChangeApproval {
  readonly edits: readonly FileEdit[]
  /** @default none */
  readonly reason?: string
  /** Folder that the session would be allowed to write in. @default none */
  readonly grantRoot?: string
}

/** Permissions that Codex asks for, for later commands. */
export interface PermissionsApproval {
  readonly permissions: Partial<Received.RequestPermissionProfile>
  /** @default none */
  readonly reason?: string
}

/** What the model wants to be allowed. */
export type ApprovalAsked = CommandApproval | FileChangeApproval | PermissionsApproval

/**
 * What a client decided, as Codex acts on it. `failed` is what a reply means that Codex cannot read, an error
 * included: nothing is done, and the turn goes on.
 */
export type ApprovalDecision =
  | 'accept'
  | 'acceptForSession'
  | 'decline'
  | 'cancel'
  | 'failed'
  | { readonly acceptWithExecpolicyAmendment: { readonly execpolicy_amendment: readonly string[] } }
  | { readonly applyNetworkPolicyAmendment: unknown }

/** Asks whether a command may run and, if so, runs it. Resolves when it has run or been refused. */
export async function askForCommand(
  run: TurnRun,
  asked: CommandApproval,
  rules: Set<string>,
): Promise<ApprovalDecision> {
  const { thread, server } = run
  const { command, cwd = thread.settings.cwd } = asked
  // Codex does not ask where nobody wants to be asked, or nothing keeps the command in.
  if (thread.settings.approvalPolicy === 'never') return 'decline'
  const isKnown = thread.allowed.has(commandKey(command)) || isAmended(command, rules)
  if (isKnown || thread.settings.sandbox.type === 'dangerFullAccess') {
    await runCommand(run, command, asked)
    return 'acceptForSession'
  }
  const item = items.command(server.ids.item('call'), command, cwd, null)
  thread.setStatus({ type: 'active', activeFlags: ['waitingOnApproval'] })
  const startedAtMs = Date.now()
  const finish = run.open(item)
  const amendment = command.split(' ')
  const request = {
    kind: 'command',
    ...run.address,
    itemId: item.id,
    startedAtMs,
    environmentId: 'local',
    ...(asked.reason === undefined ? {} : { reason: asked.reason }),
    command: item.command,
    cwd,
    commandActions: item.commandActions,
    proposedExecpolicyAmendment: amendment,
    availableDecisions: asked.availableDecisions ?? [
      'accept',
      { acceptWithExecpolicyAmendment: { execpolicy_amendment: amendment } },
      'cancel',
    ],
  }
  const answer = await ask(run, 'item/commandExecution/requestApproval', request)
  const decision = readDecision(answer)
  if (isRefusal(decision)) {
    finish({ ...item, status: decision === 'failed' ? 'failed' : 'declined' }, false)
    thread.setStatus({ type: 'active', activeFlags: [] })
    if (decision === 'cancel') run.interrupt()
    return decision
  }
  if (decision === 'acceptForSession') thread.allowed.add(commandKey(command))
  if (typeof decision === 'object' && 'acceptWithExecpolicyAmendment' in decision) {
    rules.add(JSON.stringify(decision.acceptWithExecpolicyAmendment.execpolicy_amendment))
  }
  thread.setStatus({ type: 'active', activeFlags: [] })
  const ran = { ...item, source: 'unifiedExecStartup' as const, processId: processId(run) }
  await finishCommand(run, ran, asked, finish)
  return decision
}

/** Asks whether files may be changed and, if so, changes them. */
export async function askForChanges(run: TurnRun, asked: FileChangeApproval): Promise<ApprovalDecision> {
  const { thread, server } = run
  const { cwd, approvalPolicy, sandbox } = thread.settings
  if (approvalPolicy === 'never' && sandbox.type === 'readOnly') return 'decline'
  const item = items.fileChange(server.ids.item('call'), asked.edits, cwd)
  const paths = item.changes.map(({ path }) => `file ${path}`)
  const isKnown =
    approvalPolicy === 'never' ||
    sandbox.type === 'dangerFullAccess' ||
    paths.every((path) => thread.allowed.has(path))
  const startedAtMs = Date.now()
  const finish = run.open(item)
  let decision: ApprovalDecision = 'acceptForSession'
  if (!isKnown) {
    thread.setStatus({ type: 'active', activeFlags: ['waitingOnApproval'] })
    const request = {
      ...run.address,
      itemId: item.id,
      startedAtMs,
      reason: asked.reason ?? null,
      grantRoot: asked.grantRoot ?? null,
    }
    decision = readDecision(await ask(run, 'item/fileChange/requestApproval', request))
    thread.setStatus({ type: 'active', activeFlags: [] })
  }
  // Of a change whose turn is cancelled Codex tells no end.
  if (decision !== 'cancel') finish({ ...item, status: isRefusal(decision) ? 'declined' : 'completed' })
  if (decision === 'acceptForSession') for (const path of paths) thread.allowed.add(path)
  if (decision === 'cancel') run.interrupt()
  return decision
}

/** Runs a command that needs no approval. */
export async function runCommand(run: TurnRun, command: string, outcome: CommandOutcome): Promise<void> {
  const { cwd = run.thread.settings.cwd } = outcome
  const item = items.command(run.server.ids.item('call'), command, cwd, processId(run))
  await finishCommand(run, item, outcome, run.open(item))
}

/** Sends a request to the clients; resolves with the first answer and rejects when the turn ends before. */
export async function ask(run: TurnRun, method: string, params: unknown): Promise<ServerRequestAnswer> {
  const { answer, withdraw } = run.server.requests.ask(run.thread, method, params)
  try {
    return await unlessAborted(answer, run.signal)
  } finally {
    withdraw()
  }
}

async function finishCommand(
  run: TurnRun,
  item: ReturnType<typeof items.command>,
  outcome: CommandOutcome,
  finish: ReturnType<TurnRun['open']>,
): Promise<void> {
  const { exitCode = 0, output = '', chunks = output === '' ? [] : [output], durationMs = 0 } = outcome
  await eachChunk(chunks, run.signal, (delta) => {
    run.notify('item/commandExecution/outputDelta', { ...run.address, itemId: item.id, delta })
  })
  finish({
    ...item,
    status: exitCode === 0 ? 'completed' : 'failed',
    aggregatedOutput: output === '' ? null : output,
    exitCode,
    durationMs,
  })
}

function readDecision(answer: ServerRequestAnswer): ApprovalDecision {
  const decision = 'result' in answer && isMap(answer.result) ? answer.result.decision : undefined
  if (typeof decision === 'string') return isWord(decision) ? decision : 'failed'
  if (!isMap(decision)) return 'failed'
  const { acceptWithExecpolicyAmendment: amendment } = decision
  const words = isMap(amendment) ? amendment.execpolicy_amendment : undefined
  if (Array.isArray(words) && words.every((word) => typeof word === 'string')) {
    return { acceptWithExecpolicyAmendment: { execpolicy_amendment: words } }
  }
  return readNetworkDecision(decision.applyNetworkPolicyAmendment)
}

function readNetworkDecision(amendment: unknown): ApprovalDecision {
  const rule = isMap(amendment) ? amendment.network_policy_amendment : undefined
  if (!isMap(rule)) return 'failed'
  return rule.action === 'allow' ? { applyNetworkPolicyAmendment: amendment } : 'decline'
}

function isWord(decision: string): decision is 'accept' | 'acceptForSession' | 'decline' | 'cancel' {
  return ['accept', 'acceptForSession', 'decline', 'cancel'].includes(decision)
}

function isRefusal(decision: ApprovalDecision): decision is 'decline' | 'cancel' | 'failed' {
  return decision === 'decline' || decision === 'cancel' || decision === 'failed'
}

function commandKey(command: string): string {
  return `command ${command}`
}

function isAmended(command: string, rules: ReadonlySet<string>): boolean {
  const words = command.split(' ')
  return [...rules].some((rule) =>
    (JSON.parse(rule) as string[]).every((word, index) => words[index] === word),
  )
}

function processId(run: TurnRun): string {
  return run.server.ids.item('process').replace(/\D/g, '').padStart(5, '1')
}
