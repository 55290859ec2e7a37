import { describe, expect, it } from 'vitest'
import { memoryStore, Supervisor } from '../../../src/supervisor/index.js'
import { readEndpoint } from '../../../src/supervisor/server/endpoint.js'
import { checkRestart, RestartCounter } from '../../../src/supervisor/server/restart-policy.js'

describe('the endpoint of an external server', () => {
  it.each([
    ['http://127.0.0.1:4500', 'ws://127.0.0.1:4500'],
    ['https://codex.example/app', 'wss://codex.example/app'],
    ['HTTPS://codex.example', 'wss://codex.example'],
    ['ws://127.0.0.1:4500', 'ws://127.0.0.1:4500'],
    ['unix:///run/codex.sock', 'unix:///run/codex.sock'],
  ])('%s is %s', (endpoint, url) => {
    expect(readEndpoint(endpoint).url).toBe(url)
  })

  it.each(['ftp://host', 'host:4500', '', 7, undefined, 'ws://host:0', 'ws://host/#part'])(
    '%s is refused by name',
    (endpoint) => {
      expect(() => readEndpoint(endpoint)).toThrow(expect.objectContaining({ option: 'server.endpoint' }))
    },
  )

  it('is shown without user, password and query', () => {
    const { label } = readEndpoint('https://me:secret@codex.example/app?token=x')
    expect(label).toBe('wss://codex.example/app')
  })
})

describe('the options of a supervisor', () => {
  it.each([
    [{ wrong: 1 }, 'wrong'],
    [{ directory: 7 }, 'directory'],
    [{ server: { strategy: 'magic' } }, 'server.strategy'],
    [{ server: { strategy: 'spawn', endpoint: 'ws://x' } }, 'endpoint'],
    [{ server: { strategy: 'spawn', command: 'a', binary: 'b' } }, 'server.binary'],
    [{ server: { strategy: 'spawn', args: 'a' } }, 'server.args'],
    [{ server: { strategy: 'external' } }, 'server.endpoint'],
    [{ approvals: {} }, 'approvals'],
    [{ restart: { maxRestarts: -1 } }, 'restart.maxRestarts'],
    [{ restart: { maxDelayMs: Infinity } }, 'restart.maxDelayMs'],
    [{ limits: { maxConcurrentRuns: 0 } }, 'limits.maxConcurrentRuns'],
    // Nothing could ever run: what is queued waits first.
    [{ limits: { maxQueuedRuns: 0 } }, 'limits.maxQueuedRuns'],
    [{ limits: { runs: 1 } }, 'runs'],
    [{ store: {} }, 'store'],
    [{ store: { ...memoryStore(), open: undefined } }, 'store'],
    [{ logger: 'console' }, 'logger'],
    [{ spawner: {} }, 'spawner'],
    [{ tools: {} }, 'tools'],
    [{ tools: [{ name: 'lookup' }] }, 'tools[0]'],
    [{ client: { stallTimeoutMs: -1 } }, 'stallTimeoutMs'],
    [{ client: { stallTimeout: 1_000 } }, 'stallTimeout'],
    // The supervisor has options of its own for these.
    [{ client: { onApproval: () => 'accept' } }, 'onApproval'],
    [{ client: { reconnect: true } }, 'reconnect'],
  ])('%j is refused: %s', async (options, option) => {
    await expect(Supervisor.open(options as never)).rejects.toMatchObject({ code: 'INVALID_INPUT', option })
  })
})

describe('the counting of restarts', () => {
  const limits = checkRestart({ minDelayMs: 100, maxDelayMs: 1_000, maxRestarts: 3, windowMs: 10_000 })

  it('waits longer each time and gives up after the last', () => {
    const counter = new RestartCounter(limits)
    expect([0, 1, 2, 3].map((now) => counter.next(now, 0.5))).toEqual([100, 200, 400, undefined])
  })

  it('forgets what lies back longer than the window', () => {
    const counter = new RestartCounter(limits)
    expect([0, 10_000, 20_000, 30_000, 40_000].map((now) => counter.next(now, 0.5))).toEqual([
      100, 100, 100, 100, 100,
    ])
  })

  it('never restarts when it is switched off', () => {
    expect(new RestartCounter(checkRestart(false)).next(0, 0.5)).toBeUndefined()
  })
})
