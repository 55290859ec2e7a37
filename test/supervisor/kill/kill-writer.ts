import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { fileStore, openEventLog, type Store, type StoreReport } from '../../../src/supervisor/index.js'
import { randomFrom } from '../random.js'
import { KEPT, type KillKinds, textOf } from './records.js'

/** What came of a number of kills. */
export interface KillCounts {
  kills: number
  /** Writers that were killed before they had opened the store. */
  killedWhileOpening: number
  /** Batches that were acknowledged before their writer was killed. */
  acknowledged: number
  /** Batches that were not acknowledged and are there all the same, as a whole. */
  unacknowledged: number
  /** Events that were told before their writer was killed. */
  eventsTold: number
  /** Events that were still there after the last kill, and read. */
  eventsKept: number
  /** How often an unfinished end was cut. */
  endsCut: number
  /** How often a lock was taken over from a writer that was killed. */
  locksTakenOver: number
  /** What should not be; empty when all is well. */
  readonly problems: string[]
}

const WRITERS = 4
const fixture = fileURLToPath(new URL('../../fixtures/store-writer.mts', import.meta.url))

/**
 * Starts a program that writes to a store and kills it, again and again over one folder, each time at a moment
 * that the seed decides; opens the store after each kill and compares it with what the program had been told.
 */
export async function killWriter(kills: number, seed: number): Promise<KillCounts> {
  const scratch = await mkdtemp(join(tmpdir(), 'conduit-kill-'))
  try {
    const program = join(scratch, 'writer.mjs')
    await build({ entryPoints: [fixture], outfile: program, bundle: true, format: 'esm', platform: 'node' })
    return await killAgainAndAgain(program, join(scratch, 'state'), kills, randomFrom(seed))
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

async function killAgainAndAgain(
  program: string,
  folder: string,
  kills: number,
  random: () => number,
): Promise<KillCounts> {
  const counts: KillCounts = {
    kills: 0,
    killedWhileOpening: 0,
    acknowledged: 0,
    unacknowledged: 0,
    eventsTold: 0,
    eventsKept: 0,
    endsCut: 0,
    locksTakenOver: 0,
    problems: [],
  }
  const last = new Map<string, number>()
  const told = new Map<number, string>()
  while (counts.kills < kills) {
    const output = await killOnce(program, folder, random)
    counts.kills += 1
    const lines = output.split('\n').slice(0, -1)
    if (lines[0] !== 'open') counts.killedWhileOpening += 1
    for (const line of lines.slice(1)) {
      const [writer = '', number, message] = line.split(' ')
      if (message !== undefined) {
        if (told.has(Number(number))) counts.problems.push(`kill ${counts.kills}: told twice: ${line}`)
        told.set(Number(number), message)
        counts.eventsTold += 1
        continue
      }
      last.set(writer, Number(number))
      counts.acknowledged += 1
    }
    await inspect(folder, last, counts)
    await inspectEvents(folder, told, counts)
  }
  return counts
}

/** Runs the program until it is killed, and resolves with what it printed. */
async function killOnce(program: string, folder: string, random: () => number): Promise<string> {
  const child = spawn(process.execPath, [program, folder, String(WRITERS)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'close')
  let output = ''
  const isEarly = random() < 0.15
  const linesBefore = 1 + Math.floor(random() * 120)
  const delayMs = random() * (isEarly ? 80 : 12)
  let lines = 0
  const kill = () => setTimeout(() => child.kill('SIGKILL'), delayMs)
  if (isEarly) kill()
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const before = lines
    output += text
    lines += text.split('\n').length - 1
    if (!isEarly && before < linesBefore && lines >= linesBefore) kill()
  })
  const [code, signal] = (await ended) as [number | null, string | null]
  if (signal !== 'SIGKILL') throw new Error(`The writer ended by itself, with ${code ?? signal}`)
  return output
}

async function inspect(folder: string, last: Map<string, number>, counts: KillCounts): Promise<void> {
  const onReport = ({ type }: StoreReport) => {
    if (type === 'end-cut') counts.endsCut += 1
    if (type === 'lock-taken-over') counts.locksTakenOver += 1
  }
  const store = fileStore<KillKinds>(folder, { onReport })
  try {
    await store.open()
  } catch (error) {
    counts.problems.push(`kill ${counts.kills}: ${String(error)}`)
    return
  }
  for (let index = 0; index < WRITERS; index += 1) {
    const writer = `w${index}`
    const found = await checkWriter(store, writer, last.get(writer) ?? 0, counts)
    last.set(writer, found)
  }
  await store.close()
}

async function inspectEvents(folder: string, told: Map<number, string>, counts: KillCounts): Promise<void> {
  const tell = (problem: string) => counts.problems.push(`kill ${counts.kills}: events: ${problem}`)
  const log = await openEventLog(folder)
  await log.close()
  const toldLast = Math.max(0, ...told.keys())
  if (log.lastSeq < toldLast) tell(`lost: ${toldLast} was told, ${log.lastSeq} is the last`)
  let next = 1
  let kept = 0
  for await (const entry of log.events({ after: 0 })) {
    if (entry.gap) {
      next = entry.gap.lastSeq + 1
      continue
    }
    if (entry.seq !== next) tell(`${entry.seq} follows ${next - 1}`)
    const message = told.get(entry.seq) ?? entry.message
    if (entry.message !== message) tell(`${entry.seq} is of ${entry.message}, and was told of ${message}`)
    next = entry.seq + 1
    kept += 1
  }
  if (next !== log.lastSeq + 1) tell(`the last that can be read is ${next - 1}, not ${log.lastSeq}`)
  counts.eventsKept = kept
}

async function checkWriter(
  store: Store<KillKinds>,
  writer: string,
  acknowledged: number,
  counts: KillCounts,
): Promise<number> {
  const tell = (problem: string) => counts.problems.push(`kill ${counts.kills}: ${writer}: ${problem}`)
  const left = (await store.get('left', writer))?.number ?? 0
  const right = (await store.get('right', writer))?.number ?? 0
  if (left !== right) tell(`half a batch: ${left} but ${right}`)
  if (left < acknowledged) tell(`lost: ${acknowledged} was acknowledged, ${left} is there`)
  if (left > acknowledged + 1) tell(`${left} is there, which was never written`)
  if (left === acknowledged + 1) counts.unacknowledged += 1
  const entries = await store.list('entry')
  const own = entries.flatMap(({ key, value }) => (key.startsWith(`${writer} `) ? [value] : []))
  const expected = Array.from({ length: Math.min(left, KEPT) }, (_, i) => left - Math.min(left, KEPT) + 1 + i)
  const isWhole =
    own.length === expected.length &&
    own.every(({ number, text }, i) => number === expected[i] && text === textOf(number))
  if (!isWhole) tell(`entries ${own.map(({ number }) => number).join()} instead of ${expected.join()}`)
  return left
}
