import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import pTimeout from 'p-timeout'
import { lookUpProcess } from '../../process/process-identity.js'
import type { LogEvent } from '../events/event.js'
import { Supervisor } from '../supervisor.js'
import { type Finding, type HealthCheck, type HealthReport, reportOf, runCheck } from './check.js'
import { FAKE_CHILD } from './fake-child.js'

/** Time that each step has, in milliseconds. */
const STEP_TIMEOUT_MS = 15_000

/**
 * Drives a supervisor of its own through a whole life: a small program in place of Codex is spawned, its output is
 * logged, a session and a turn are made and closed, and all is stopped. Needs neither Codex nor a network, and shows
 * whether processes, files and pipes work here. Never rejects; leaves nothing behind.
 */
export async function runSmoke(): Promise<HealthReport> {
  const folder = await mkdtemp(path.join(tmpdir(), 'conduit-smoke-'))
  try {
    return reportOf(await steps(folder))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function steps(folder: string): Promise<HealthCheck[]> {
  const checks: HealthCheck[] = []
  const step = async (name: string, check: () => Promise<Finding>) => {
    const isStuck = checks.some(({ status }) => status === 'fail')
    const bounded = () => pTimeout(check(), { milliseconds: STEP_TIMEOUT_MS })
    const skipped: Finding = { status: 'skipped', summary: 'A step before it failed' }
    checks.push(await runCheck(name, isStuck ? () => skipped : bounded))
  }
  let supervisor: Supervisor | undefined
  // Only after a step that made it; those behind a failed one are skipped.
  const made = () => supervisor as Supervisor
  let pid = 0
  let sessionId = ''
  try {
    await step('open', async () => {
      await mkdir(path.join(folder, 'home'))
      supervisor = await Supervisor.open({
        directory: path.join(folder, 'state'),
        codexHome: path.join(folder, 'home'),
        server: { strategy: 'spawn', command: process.execPath, args: ['-e', FAKE_CHILD] },
        restart: false,
      })
      return ok('The records were opened')
    })
    await step('spawn', async () => {
      await made().start()
      pid = made().status().server.pid ?? 0
      return pid > 0 ? ok(`Process ${pid} answered`, { pid }) : fail('There is no process')
    })
    await step('log', async () => {
      const wanted = ['server.stderr', 'server.stdout', 'server.ready']
      await untilLogged(made(), wanted)
      return ok('Both streams of the process were logged')
    })
    await step('session', async () => {
      const session = await made().createSession({ purpose: 'smoke' })
      sessionId = session.sessionId
      return session.status === 'idle' ? ok('A thread was started') : fail(`The session is ${session.status}`)
    })
    await step('turn', async () => {
      const { settled } = await made().createTurn({ sessionId, input: 'Is all well?' })
      const { status, failure } = await settled
      return status === 'completed' ? ok('A turn completed') : fail(failure?.message ?? `The turn ${status}`)
    })
    await step('close', async () => {
      const { status } = await made().closeSession(sessionId)
      return status === 'closed' ? ok('The session was closed') : fail(`The session is ${status}`)
    })
    await step('stop', async () => {
      await made().close()
      const { isRunning } = await lookUpProcess(pid)
      return isRunning ? fail(`Process ${pid} is left`) : ok('No process is left')
    })
  } finally {
    await supervisor?.close()
  }
  return checks
}

async function untilLogged(supervisor: Supervisor, types: readonly string[]): Promise<void> {
  const missing = new Set(types)
  for await (const event of supervisor.events({ after: 0 })) {
    missing.delete((event as LogEvent).type)
    if (missing.size === 0) return
  }
}

function ok(summary: string, details?: unknown): Finding {
  return { status: 'ok', summary, details }
}

function fail(summary: string): Finding {
  return { status: 'fail', summary }
}
