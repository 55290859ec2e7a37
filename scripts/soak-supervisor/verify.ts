import { readdirSync, readFileSync } from 'node:fs'
import type { RunRecord, Supervisor, TurnRecord } from '../../src/supervisor/index.js'

/** What is left of a soak. */
export interface SoakFindings {
  readonly turns: Readonly<Record<string, number>>
  readonly runs: Readonly<Record<string, number>>
  readonly events: number
  readonly problems: readonly string[]
}

const TERMINAL = {
  turn: ['completed', 'interrupted', 'failed'],
  run: ['completed', 'failed', 'cancelled'],
}

/** Looks at everything that a supervisor has kept. */
export async function verify(supervisor: Supervisor): Promise<SoakFindings> {
  const problems: string[] = []
  const turns = supervisor.listTurns()
  const runs = supervisor.listRuns()
  for (const { id, status } of turns) {
    if (!TERMINAL.turn.includes(status)) problems.push(`turn ${id} is ${status}`)
  }
  for (const { runId, status } of runs) {
    if (!TERMINAL.run.includes(status)) problems.push(`run ${runId} is ${status}`)
  }
  const ends = new Map<string, number>()
  const { lastEventSeq } = supervisor.status()
  let next = 1
  for await (const event of supervisor.events({ after: 0 })) {
    if (event.gap !== undefined) {
      problems.push(`events ${event.gap.firstSeq} to ${event.gap.lastSeq} are missing`)
      next = event.gap.lastSeq + 1
      continue
    }
    if (event.seq !== next) problems.push(`event ${event.seq} stands where ${next} should`)
    next = event.seq + 1
    if (event.type === 'turn.settled' || event.type === 'run.settled') {
      const { id, runId } = event.detail as { id?: string; runId?: string }
      const key = id ?? runId ?? ''
      ends.set(key, (ends.get(key) ?? 0) + 1)
    }
    if (event.seq === lastEventSeq) break
  }
  for (const [key, count] of ends) if (count > 1) problems.push(`${key} was settled ${count} times`)
  return { turns: countOf(turns), runs: countOf(runs), events: lastEventSeq, problems }
}

/** Numbers of the processes that run with a Codex home; where the system does not tell, none are found. */
export function processesOf(codexHome: string): number[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) return []
    try {
      const isMember = readFileSync(`/proc/${name}/environ`, 'utf8').includes(`CODEX_HOME=${codexHome}\0`)
      return isMember ? [Number(name)] : []
    } catch {
      // Gone, or another user's.
      return []
    }
  })
}

function countOf(records: readonly (TurnRecord | RunRecord)[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { status } of records) counts[status] = (counts[status] ?? 0) + 1
  return counts
}
