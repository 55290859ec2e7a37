import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { leftOut, masked, unordered } from './differences.js'
import { MessageCheck } from './message-check.js'
import { requestScenarios } from './scenarios-requests.js'
import { turnScenarios } from './scenarios-turns.js'
import { playOnFake, playOnReal, RealServer, type Scenario } from './servers.js'
import { methodsOf, type Transcript, transcribe } from './transcript.js'

let real: RealServer
let check: MessageCheck
let folders = 0

beforeAll(async () => {
  real = await RealServer.start()
  check = await MessageCheck.load()
})
afterAll(() => real?.[Symbol.asyncDispose]())

describe.each([
  ['requests', requestScenarios],
  ['turns', turnScenarios],
] as const)('the fake app-server and the real one agree about %s', (_name, scenarios) => {
  it.each(scenarios)('$title', async (scenario) => {
    const workspace = join(real.workspace, String(folders++))
    await mkdir(workspace)
    const faked = await playOnFake(scenario, workspace)
    const done = await playOnReal(scenario, real, workspace)
    const transcript = transcribe(faked.log)
    expect(transcript).toEqual(transcribe(done.log))
    expectLandmarks(scenario, transcript)
    expect(check.faults(faked.log, 'server')).toEqual([])
  })
})

it('every difference that is meant to be is told to users', async () => {
  const guide = await readFile(new URL('../../../docs/testing.md', import.meta.url), 'utf8')
  const told = [...leftOut, ...unordered, ...masked].flatMap(({ what }) => what)
  expect(told.filter((name) => !guide.includes(`\`${name}\``))).toEqual([])
})

/** What must be there for the two to have agreed about something. */
function expectLandmarks({ events = [], refusals = [] }: Scenario, transcript: Transcript): void {
  const methods = methodsOf(transcript)
  let from = 0
  for (const event of events) {
    const at = methods.indexOf(event, from)
    expect(at, `${event} is not among ${methods.slice(from)}`).toBeGreaterThanOrEqual(0)
    from = at + 1
  }
  const answers = JSON.stringify(transcript.answers.map((answer) => (answer as { error?: object }).error))
  for (const refusal of refusals) expect(answers).toContain(refusal)
}
