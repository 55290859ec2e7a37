import { readdirSync, readFileSync } from 'node:fs'
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { scenarios } from '../../../scripts/record/scenarios.js'
import { Codex } from '../../../src/client/index.js'
import { type ReplayOptions, readTranscript, replay, type Transcript } from '../../../src/testing/index.js'
import { failOnUnhandled } from '../../rpc/helpers.js'

beforeEach(failOnUnhandled)

const folder = new URL('../../transcripts/', import.meta.url)

const scenarioOf = (name: string) => {
  const scenario = scenarios.find((one) => one.name === name)
  if (!scenario) throw new Error(`there is no scenario ${name}`)
  return scenario
}

/** Plays a scenario against what the real Codex said when it was recorded. */
async function play(
  name: string,
  played = scenarioOf(name),
  options: ReplayOptions = {},
  recorded?: Transcript,
) {
  const transcript = recorded ?? (await readTranscript(new URL(`${name}.jsonl`, folder)))
  const transport = replay(transcript, options)
  const codex = await Codex.connect(transport, played.options)
  const thread = await codex.startThread({ approvalPolicy: 'on-request', sandbox: 'read-only' })
  const { events, result } = await played.play({ thread, goOn: () => {} })
  await codex.close()
  return { transport, events, result, types: events.map((event) => event.type) }
}

describe('the transcripts of the real Codex', () => {
  const files = readdirSync(folder)

  it('are one for each scenario', () => {
    const names = files.map((file) => file.replace(/\.jsonl$/, '')).sort()
    expect(names).toEqual(scenarios.map(({ name }) => name).sort())
  })

  it.each(files)('are small and name no machine: %s', (file) => {
    const text = readFileSync(new URL(file, folder), 'utf8')
    expect(text.length).toBeLessThan(20_000)
    const absolute = [...text.matchAll(/"(\/[^"\s]*)"/g)].map(([, path]) => path)
    const known = absolute.filter((path) => /^\/(?:workspace|codex-home)(?:\/|$)/.test(path as string))
    expect(absolute).toEqual(known)
    expect(text).not.toMatch(/\/(?:home|Users|root|tmp|var)\/|127\.0\.0\.1:(?!1\/)\d|sk-/)
  })

  it.each(scenarios)('are replayed to their end: $name', async ({ name }) => {
    const { transport, types } = await play(name)
    expect(transport.mismatch).toBeUndefined()
    expect(transport.remaining).toEqual([])
    expect([types[0], types.at(-1)]).toEqual(['turn.started', 'turn.completed'])
  })
})

describe('a client that is given a transcript', () => {
  it('streams a text', async () => {
    const { events, result } = await play('text-turn')
    const deltas = events.flatMap((event) => (event.type === 'message.delta' ? [event.delta] : []))
    // What might have begun a secret was kept back while it was recorded.
    expect(deltas.join('')).toBe('Hello there')
    expect(deltas.length).toBeGreaterThan(2)
    expect(result).toMatchObject({ status: 'completed', text: 'Hello there', usage: { totalTokens: 120 } })
  })

  it('lets a command run that its hook accepts', async () => {
    const { types, result } = await play('command-accepted')
    expect(types).toContain('approval.requested')
    expect(result.text).toBe('It said hello.')
    expect(result.items).toContainEqual(
      expect.objectContaining({ type: 'commandExecution', status: 'completed', aggregatedOutput: 'hello\n' }),
    )
  })

  it('has a command declined that its hook declines', async () => {
    const { result } = await play('command-declined')
    expect(result).toMatchObject({ status: 'completed', text: 'I may not.' })
    expect(result.items).toContainEqual(
      expect.objectContaining({ type: 'commandExecution', status: 'declined' }),
    )
  })

  it('fails as the provider did', async () => {
    const { result } = await play('provider-unauthorized')
    expect(result).toMatchObject({ status: 'failed', failure: { kind: 'provider-auth-failed' } })
  })

  it('is interrupted, and steered', async () => {
    expect((await play('interrupted')).result).toMatchObject({
      status: 'interrupted',
      failure: { kind: 'turn-interrupted' },
    })
    const { result } = await play('steered')
    expect(result).toMatchObject({ status: 'completed', text: 'second' })
    expect(result.items.filter((item) => item.type === 'userMessage')).toHaveLength(2)
  })

  it('finds the same events when they come seconds apart', async () => {
    const { types } = await play('text-turn')
    vi.useFakeTimers()
    onTestFinished(() => {
      vi.useRealTimers()
    })
    const { header, entries } = await readTranscript(new URL('text-turn.jsonl', folder))
    const slow = { header, entries: entries.map((entry, index) => ({ ...entry, atMs: index * 20_000 })) }
    const played = play('text-turn', scenarioOf('text-turn'), { timing: 'recorded' }, slow)
    await vi.advanceTimersByTimeAsync(20_000 * entries.length)
    expect((await played).types).toEqual(types)
  })

  it('that decides otherwise than was recorded is told what differs, and its turn fails', async () => {
    const { transport, result } = await play('command-accepted', scenarioOf('command-declined'))
    expect(result).toMatchObject({
      status: 'failed',
      failure: { kind: 'transport-closed-before-turn-completed' },
    })
    expect(transport.mismatch?.differences).toEqual([
      { path: 'result.decision', difference: 'value', recorded: 'accept', sent: 'decline' },
    ])
    expect(transport.mismatch?.message).toMatch(/^the result for the request 0 differs from line \d+ of/)
  })

  it('that does not do what was recorded is told where it stands', async () => {
    const { transport, result } = await play('interrupted', {
      ...scenarioOf('interrupted'),
      play: async ({ thread }) => {
        const turn = thread.stream('Say something long')
        const events = []
        let steering: Promise<void> | undefined
        for await (const event of turn) {
          events.push(event)
          if (event.type === 'message.delta') steering ??= turn.steer('no, this')
        }
        await expect(steering).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' })
        return { events, result: await turn.result }
      },
    })
    expect(result.status).toBe('failed')
    expect(transport.mismatch?.message).toMatch(
      /^the request turn\/steer was sent where line \d+ of the transcript has the request turn\/interrupt\n/,
    )
  })
})
