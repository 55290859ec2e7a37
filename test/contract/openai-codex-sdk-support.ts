import { execFileSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as official from '@openai/codex-sdk'
import { expect } from 'vitest'
import * as ours from '../../src/integrations/openai-codex-sdk/index.js'
import {
  type ModelStub,
  type StubCodexHomeOptions,
  startModelStub,
  stubCodexHome,
} from '../../src/testing/index.js'

/** What both packages are to a program that was written for the official one. */
export type Sdk = typeof official

/** What a program of the comparison works with: a stub, a home and a Git repository of its own. */
export interface Stage {
  readonly Codex: Sdk['Codex']
  readonly stub: ModelStub
  /** The environment for `new Codex({ env })`. */
  readonly env: Record<string, string>
  readonly home: string
  /** A Git repository. */
  readonly workspace: string
  /** Makes a Codex that is closed behind the program, if it can be. */
  open(options?: official.CodexOptions): official.Codex
}

/** A program: returns what it saw. */
export type Program = (stage: Stage) => Promise<unknown>

/** How a program ran with one of the packages. */
export interface Outcome {
  readonly saw: unknown
  /** What the model got, request by request. */
  readonly received: readonly unknown[]
}

/** Runs a program with both packages, at the same time, and expects that both runs are the same. */
export async function expectSame(program: Program, home: StubCodexHomeOptions = {}): Promise<Outcome> {
  const { expected, actual } = await runBoth(program, home)
  expect(actual.saw).toEqual(expected.saw)
  expect(actual.received).toEqual(expected.received)
  return actual
}

/** Runs a program with both packages, at the same time. */
export async function runBoth(
  program: Program,
  home: StubCodexHomeOptions = {},
): Promise<{ expected: Outcome; actual: Outcome }> {
  const theirs = runWith(official, program, home)
  const [expected, actual] = await Promise.all([theirs, runWith(ours as unknown as Sdk, program, home)])
  return { expected, actual }
}

/** Runs a program with the drop-in alone. */
export function runOurs(program: Program, home: StubCodexHomeOptions = {}): Promise<Outcome> {
  return runWith(ours as unknown as Sdk, program, home)
}

async function runWith(sdk: Sdk, program: Program, homeOptions: StubCodexHomeOptions): Promise<Outcome> {
  await using stub = await startModelStub()
  await using home = await stubCodexHome(stub, homeOptions)
  const workspace = await mkdtemp(join(tmpdir(), 'sdk-workspace-'))
  const opened: { close?: () => Promise<void> }[] = []
  try {
    execFileSync('git', ['init', '-q'], { cwd: workspace })
    const env = { ...(process.env as Record<string, string>), ...home.env }
    const open = (options: official.CodexOptions = {}) => {
      const codex = new sdk.Codex({ env, ...options })
      opened.push(codex as { close?: () => Promise<void> })
      return codex
    }
    const saw = await program({ Codex: sdk.Codex, stub, env, home: home.path, workspace, open })
    const plain = (value: unknown) =>
      normalise(value, { workspace, home: home.path, stub: new URL(stub.url).host })
    return {
      saw: plain(saw),
      received: stub.requests.map((request) => plain(describe(request))),
    }
  } finally {
    await Promise.all(opened.map((codex) => codex.close?.()))
    await rm(workspace, { recursive: true, force: true })
  }
}

/** What the model is told, without what differs from run to run. */
function describe({ body, headers }: ModelStub['requests'][number]) {
  const { client_metadata, prompt_cache_key, input, ...told } = body as Record<string, unknown>
  expect([typeof client_metadata, typeof prompt_cache_key]).toEqual(['object', 'string'])
  const metadata = JSON.parse(String(headers['x-codex-turn-metadata'])) as Record<string, unknown>
  // That no command line started the turn, and that the thread was still in memory, cannot be hidden.
  expect(['exec', undefined]).toContain(metadata.turn_trigger)
  expect(['new', 'cold_resume']).toContain(metadata.history_initialization)
  // The state of the repository is told if it has been found out by then.
  const varying = ['turn_started_at_unix_ms', 'turn_trigger', 'history_initialization', 'workspaces']
  for (const name of varying) delete metadata[name]
  const { originator, authorization } = headers
  // A process that is killed leaves no word of it; a turn that is interrupted does.
  const items = (input as unknown[]).filter((one) => !JSON.stringify(one).includes('<turn_aborted>'))
  return { told, items, metadata, originator, authorization: authorization ?? null }
}

function normalise(value: unknown, names: Readonly<Record<string, string>>): unknown {
  let text = JSON.stringify(value) ?? 'null'
  for (const [name, place] of Object.entries(names)) text = text.replaceAll(place, `<${name}>`)
  // Thread and turn ids, ids of chunks of output, and times that commands took.
  text = text
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<id>')
    .replace(/Chunk ID: [0-9a-f]+/g, 'Chunk ID: <id>')
    .replace(/Wall time: [\d.]+ seconds/g, 'Wall time: <time>')
  return JSON.parse(text)
}

/** Reads a turn to its end, or to what it throws. */
export async function readTurn(
  thread: official.Thread,
  input: official.Input,
  options?: official.TurnOptions,
): Promise<{ events: official.ThreadEvent[]; thrown?: ReturnType<typeof describeError> }> {
  const events: official.ThreadEvent[] = []
  try {
    const streamed = await thread.runStreamed(input, options)
    for await (const event of streamed.events) events.push(event)
    return { events }
  } catch (error) {
    return { events, thrown: describeError(error) }
  }
}

/** What a program can see of an error that both packages throw. */
export function describeError(error: unknown) {
  const { message, name } = error as Error
  // The stack of the binary has no names in it and is not the same twice.
  const [text = ''] = message.split('\n\nStack backtrace:')
  return { message: text.trimEnd(), isAbort: name === 'AbortError', isError: error instanceof Error }
}

/** What a promise rejects with. */
export async function rejectionOf(promise: Promise<unknown>) {
  try {
    return { resolved: await promise }
  } catch (error) {
    return describeError(error)
  }
}
