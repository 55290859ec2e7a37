import { access, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { ApprovalRequest } from '../../src/approvals/index.js'
import type { ThreadItem, TurnResult } from '../../src/client/index.js'
import { reply } from '../../src/testing/index.js'
import { command, type Laboratory } from './laboratory.js'
import type { Finding, Probe } from './probe.js'

const LINE = 'touch made.txt && echo out'
const PATCH = '*** Begin Patch\n*** Update File: old.txt\n@@\n-alpha\n+beta\n*** End Patch\n'

type Decision = 'accept' | 'acceptForSession' | 'decline' | 'cancel'

interface Run {
  readonly asked: readonly ApprovalRequest[]
  readonly result: TurnResult<unknown>
  readonly methods: ReadonlySet<string>
}

/** Runs the same command twice, with the given answer to each approval. */
async function runCommands(lab: Laboratory, decision: Decision | undefined): Promise<Run> {
  lab.say(command(LINE, 'call_1'), command(LINE, 'call_2'), reply.text('done'))
  return runAsked(lab, decision)
}

async function runPatch(lab: Laboratory, decision: Decision | undefined): Promise<Run> {
  await writeFile(path.join(lab.folder, 'old.txt'), 'alpha\n')
  lab.say(reply.applyPatch(PATCH, { callId: 'call_p' }), reply.text('done'))
  return runAsked(lab, decision)
}

async function runAsked(lab: Laboratory, decision: Decision | undefined): Promise<Run> {
  const asked: ApprovalRequest[] = []
  const onApproval = (request: ApprovalRequest) => {
    asked.push(request)
    return decision ?? 'decline'
  }
  const { thread, wire } = await lab.thread(decision === undefined ? {} : { onApproval })
  const result = await thread.stream('hi').result
  return { asked, result, methods: wire.heard }
}

function commands({ result }: Run): Extract<ThreadItem, { type: 'commandExecution' }>[] {
  return result.items.filter((item) => item.type === 'commandExecution')
}

async function isPatched(lab: Laboratory): Promise<boolean> {
  return (await readFile(path.join(lab.folder, 'old.txt'), 'utf8')) === 'beta\n'
}

async function exists(lab: Laboratory, name: string): Promise<boolean> {
  return access(path.join(lab.folder, name)).then(
    () => true,
    () => false,
  )
}

/** What was declined was not done; some versions say that it failed. */
function told(statuses: readonly string[]): Finding {
  return statuses.every((status) => status === 'declined') || `told as ${[...new Set(statuses)].join(', ')}`
}

/** Questions about approvals. */
export const approvalProbes: readonly Probe[] = [
  {
    name: 'command: accept',
    isRequired: true,
    async ask(lab): Promise<Finding> {
      const run = await runCommands(lab, 'accept')
      const [first] = commands(run)
      if (run.asked.length !== 2 || first?.status !== 'completed') return false
      if (first.aggregatedOutput?.includes('out') !== true) return false
      return run.methods.has('execCommandApproval') ? '`execCommandApproval`' : true
    },
  },
  {
    name: 'command: named in the approval',
    async ask(lab) {
      const [request] = (await runCommands(lab, 'decline')).asked
      return request?.kind === 'command' && request.command?.includes(LINE) === true
    },
  },
  {
    name: 'command: declined without a hook',
    isRequired: true,
    async ask(lab): Promise<Finding> {
      const run = await runCommands(lab, undefined)
      if (run.result.status !== 'completed' || (await exists(lab, 'made.txt'))) return false
      return told(commands(run).map((one) => one.status))
    },
  },
  {
    name: 'command: accept for the session',
    async ask(lab): Promise<Finding> {
      const run = await runCommands(lab, 'acceptForSession')
      const [request] = run.asked
      const offered = request?.kind === 'command' ? request.availableDecisions : undefined
      if (offered && !offered.includes('acceptForSession')) return 'not offered'
      const statuses = commands(run).map((one) => one.status)
      return run.asked.length === 1 && statuses.join() === 'completed,completed'
    },
  },
  {
    name: 'command: cancel',
    isRequired: true,
    async ask(lab) {
      const run = await runCommands(lab, 'cancel')
      return run.asked.length === 1 && run.result.status === 'interrupted'
    },
  },
  {
    name: 'file change: accept',
    isRequired: true,
    async ask(lab): Promise<Finding> {
      const run = await runPatch(lab, 'accept')
      const change = run.result.items.find((item) => item.type === 'fileChange')
      if (run.asked.length !== 1 || change?.status !== 'completed' || !(await isPatched(lab))) return false
      return run.methods.has('applyPatchApproval') ? '`applyPatchApproval`' : true
    },
  },
  {
    name: 'file change: shown in the approval',
    async ask(lab) {
      const [request] = (await runPatch(lab, 'decline')).asked
      return request?.kind === 'file-change' && request.changes[0]?.diff.includes('+beta') === true
    },
  },
  {
    name: 'file change: declined without a hook',
    isRequired: true,
    async ask(lab): Promise<Finding> {
      const run = await runPatch(lab, undefined)
      const change = run.result.items.find((item) => item.type === 'fileChange')
      if (run.result.status !== 'completed' || (await isPatched(lab)) || !change) return false
      return told([change.status])
    },
  },
]
