import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm, watch } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type ExecEvent, type ExecRequest, runExec, streamExec } from '../../src/exec/index.js'
import {
  item,
  type ModelRequest,
  type ModelStub,
  reply,
  type StubCodexHome,
  startModelStub,
  stubCodexHome,
} from '../../src/testing/index.js'
import { goneAfterKill } from '../process/helpers.js'

let stub: ModelStub
let home: StubCodexHome
/** A Git repository with one commit and one untracked file. */
let repository: string
/** A folder that is no repository. */
let plain: string

beforeAll(async () => {
  stub = await startModelStub()
  home = await stubCodexHome(stub)
  repository = await mkdtemp(join(tmpdir(), 'exec-repository-'))
  plain = await mkdtemp(join(tmpdir(), 'exec-plain-'))
  git('init', '-q')
  git('-c', 'user.name=n', '-c', 'user.email=n@example.com', 'commit', '-q', '--allow-empty', '-m', 'one')
  writeFileSync(join(repository, 'new.txt'), 'new\n')
  writeFileSync(join(home.path, 'quick.config.toml'), 'model_verbosity = "high"\n')
})

afterAll(async () => {
  await stub?.close()
  await home?.dispose()
  for (const folder of [repository, plain]) await rm(folder, { recursive: true, force: true })
})

beforeEach(() => stub.reset())

function git(...args: string[]): string {
  return execFileSync('git', args, { cwd: repository, encoding: 'utf8' }).trim()
}

function request(more: Partial<ExecRequest> = {}): ExecRequest {
  return { prompt: 'hi', cwd: repository, env: home.env, ...more }
}

interface Body {
  readonly model: string
  readonly text?: { readonly verbosity?: string; readonly format?: Record<string, unknown> }
}
const bodyOf = (one: ModelRequest | undefined) => one?.body as unknown as Body
const lastRequest = () => stub.requests.at(-1)

/** The smallest PNG. */
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)

describe('codex exec', () => {
  it('answers a prompt that begins with a dash', async () => {
    stub.enqueue(reply.text('Hello'))
    const { ok, result } = await runExec(request({ prompt: '--help me' }))
    expect([ok, result.lastMessage, result.exitCode]).toEqual([true, 'Hello', 0])
    expect(lastRequest()?.lastUserText).toBe('--help me')
    expect(result.jsonEvents).toEqual([
      { type: 'thread.started', thread_id: result.threadId },
      { type: 'turn.started' },
      { type: 'item.completed', item: { id: 'item_0', type: 'agent_message', text: 'Hello' } },
      { type: 'turn.completed', usage: expect.objectContaining({ input_tokens: 100, output_tokens: 20 }) },
    ])
    expect(result.usage).toMatchObject({ totalTokens: 120, inputTokens: 100, outputTokens: 20 })
    expect([result.stderr, result.jsonParseErrorCount]).toEqual(['', 0])
  })

  it('answers a prompt of 200 KB', async () => {
    const prompt = `${'a\u00e4 '.repeat(50_000)}end`
    expect(await runExec(request({ prompt }))).toMatchObject({ ok: true })
    expect(lastRequest()?.lastUserText).toBe(prompt)
  })

  it('refuses a prompt that is longer than it takes, by name', async () => {
    expect(await runExec(request({ prompt: 'x'.repeat(1_048_577) }))).toMatchObject({
      error: { code: 'CODEX_EXEC_EXIT_NON_ZERO', message: expect.stringContaining('maximum length') },
      failure: { kind: 'invalid-input', retrySafety: 'rejected' },
    })
  })

  it('runs commands and patches, and a failure after them is told as such', async () => {
    stub.enqueue(
      reply.execCommand('echo out; exit 3'),
      reply.applyPatch('*** Begin Patch\n*** Add File: made.txt\n+made\n*** End Patch\n'),
      reply.httpError(401),
    )
    const outcome = await runExec(request({ sandbox: 'workspace-write' }))
    expect(outcome).toMatchObject({
      error: { code: 'CODEX_EXEC_EXIT_NON_ZERO' },
      failure: { kind: 'provider-auth-failed', retrySafety: 'side-effects-possible' },
    })
    const items = outcome.result.jsonEvents.flatMap((event) =>
      event.type === 'item.completed' ? [event.item] : [],
    )
    expect(items).toMatchObject([
      {
        type: 'command_execution',
        exit_code: 3,
        status: 'failed',
        aggregated_output: expect.stringContaining('out'),
      },
      { type: 'file_change', status: 'completed', changes: [{ kind: 'add' }] },
    ])
    expect(readFileSync(join(repository, 'made.txt'), 'utf8')).toBe('made\n')
    await rm(join(repository, 'made.txt'))
  })

  it.each<readonly [number, string, boolean]>([
    [400, 'provider-bad-request', false],
    [401, 'provider-auth-failed', false],
    [429, 'provider-rate-limited', true],
    [503, 'provider-overloaded', true],
  ])('fails with its provider: %d', async (status, kind, retryable) => {
    stub.enqueue(reply.httpError(status))
    expect(await runExec(request())).toMatchObject({
      error: { code: 'CODEX_EXEC_EXIT_NON_ZERO', retryable },
      failure: { kind, phase: 'exec', retrySafety: 'rejected' },
      result: { exitCode: 1, usage: undefined },
    })
  })

  it('that tries again and succeeds has succeeded, whatever errors it told', async () => {
    stub.enqueue(reply.httpError(500), reply.text('at last'))
    const config = { model_providers: { stub: { stream_max_retries: 2 } } }
    const { ok, result } = await runExec(request({ config }))
    expect([ok, result.lastMessage]).toEqual([true, 'at last'])
    expect(result.jsonEvents.map((event) => event.type)).toContain('error')
  })

  it('refuses a folder that is no repository, unless it is told to run there', async () => {
    expect(await runExec(request({ cwd: plain }))).toMatchObject({
      error: { code: 'CODEX_EXEC_EXIT_NON_ZERO', message: expect.stringMatching(/^Not inside a trusted/) },
      failure: { kind: 'invalid-input', hint: expect.stringContaining('skipGitRepoCheck') },
    })
    expect(await runExec(request({ cwd: plain, skipGitRepoCheck: true }))).toMatchObject({ ok: true })
  })

  it('refuses settings and arguments that it does not understand, by name', async () => {
    const wrong = await runExec(request({ config: { model_reasoning_effort: 7 } }))
    expect(wrong).toMatchObject({
      error: { message: expect.stringContaining('model_reasoning_effort') },
      failure: { kind: 'invalid-input' },
    })
    const last = await runExec(request({ outputLastMessage: '/does/not/exist' }))
    expect(last).toMatchObject({ failure: { kind: 'invalid-input' }, result: { exitCode: 1 } })
  })

  it('heeds model, profile, configuration and writable folders', async () => {
    const config = { model_reasoning_effort: 'high' }
    const options: Partial<ExecRequest> = { profile: 'quick', config, color: 'always' }
    const { ok, result } = await runExec(
      request({ ...options, sandbox: 'workspace-write', additionalWritableDirectories: [plain] }),
    )
    expect([ok, result.jsonParseErrorCount]).toEqual([true, 0])
    expect(bodyOf(lastRequest())).toMatchObject({
      text: { verbosity: 'high' },
      reasoning: { effort: 'high' },
    })
    expect(JSON.stringify(lastRequest()?.input)).toMatch(new RegExp(`workspace-write.*${plain}`, 's'))
    // A model that it does not know is warned about, and no failure.
    const other = await runExec(request({ model: 'gpt-unknown' }))
    expect([other.ok, bodyOf(lastRequest()).model]).toEqual([true, 'gpt-unknown'])
    expect(JSON.stringify(other.result.jsonEvents)).toContain('Model metadata')
  })

  it('looks at images, of its own folder too', async () => {
    mkdirSync(join(repository, 'images'))
    writeFileSync(join(repository, 'images', '-a.png'), PNG)
    const images = [join(repository, 'images', '-a.png'), 'images/-a.png']
    expect(await runExec(request({ images }))).toMatchObject({ ok: true })
    const parts = lastRequest()?.input.flatMap(
      (one) => (Array.isArray(one.content) ? one.content : []) as { type: string }[],
    )
    expect(parts?.filter(({ type }) => type === 'input_image')).toHaveLength(2)
    await rm(join(repository, 'images'), { recursive: true })
  })

  it('answers in the shape of a zod schema', async () => {
    stub.enqueue(reply.text('{"files":2}'))
    const outputLastMessage = join(plain, 'answer.json')
    const outputSchema = z.object({ files: z.number() })
    const outcome = await runExec({ ...request({ outputLastMessage }), outputSchema })
    expect(outcome).toMatchObject({ ok: true, result: { output: { files: 2 } } })
    expect(bodyOf(lastRequest()).text?.format).toMatchObject({
      type: 'json_schema',
      strict: true,
      schema: { type: 'object', additionalProperties: false, required: ['files'] },
    })
    expect(readFileSync(outputLastMessage, 'utf8')).toBe('{"files":2}')
  })

  it('without events writes its last message only', async () => {
    stub.enqueue(
      reply.items([
        item.message('Let me think.', { phase: 'commentary' }),
        item.message('Done.', { phase: 'final_answer' }),
      ]),
    )
    const { ok, result } = await runExec(request({ json: false, color: 'always' }))
    expect([ok, result.lastMessage, result.stdout]).toEqual([true, 'Done.', 'Done.\n'])
    expect(result.stderr).toContain('Let me think.')
    stub.enqueue(reply.httpError(429, { code: 'usage_limit_reached' }))
    expect(await runExec(request({ json: false }))).toMatchObject({
      error: {
        code: 'CODEX_EXEC_EXIT_NON_ZERO',
        message: expect.stringMatching(/^You.ve hit your usage limit/),
      },
      failure: { kind: 'provider-usage-limited', retrySafety: 'indeterminate' },
    })
  })
})

describe('a session', () => {
  const say = (prompt: string, more: Partial<ExecRequest> = {}) => runExec(request({ prompt, ...more }))

  it('goes on by its id, as the last of its folder or of all, and as a copy', async () => {
    const first = await say('one')
    const { threadId } = first.result
    const all: Partial<ExecRequest> = { sandbox: 'read-only', color: 'never', profile: 'quick' }
    const second = await say('two', { ...all, resume: threadId, additionalWritableDirectories: [plain] })
    expect(second).toMatchObject({ ok: true, result: { threadId, usage: { totalTokens: 240 } } })
    expect(lastRequest()?.userTexts()).toEqual(['one', 'two'])
    const third = await say('--three', { ...all, resume: 'last' })
    expect(third.result.threadId).toBe(threadId)
    const elsewhere = { cwd: plain, skipGitRepoCheck: true, resume: 'last', resumeFromAnyFolder: true }
    expect((await say('four', elsewhere)).result.threadId).toBe(threadId)
    const copy = await say('five', { ...all, fork: threadId, ephemeral: true })
    expect(copy.ok).toBe(true)
    expect(copy.result.threadId).not.toBe(threadId)
    expect(lastRequest()?.userTexts()).toEqual(['one', 'two', '--three', 'four', 'five'])
    await say('six', { resume: threadId })
    expect(lastRequest()?.userTexts()).toEqual(['one', 'two', '--three', 'four', 'six'])
  })

  it('that is not there is refused', async () => {
    const id = '00000000-0000-0000-0000-000000000000'
    for (const more of [{ resume: id }, { fork: id }]) {
      expect(await say('x', more)).toMatchObject({
        error: { code: 'CODEX_EXEC_EXIT_NON_ZERO', message: expect.stringContaining('no rollout found') },
        failure: { kind: 'invalid-input', retrySafety: 'rejected', details: { rpcCode: -32600 } },
      })
    }
    expect(stub.requests).toEqual([])
  })

  it('that is ephemeral cannot be resumed', async () => {
    const { result } = await say('x', { ephemeral: true })
    expect(await say('y', { resume: result.threadId })).toMatchObject({ failure: { kind: 'invalid-input' } })
  })
})

describe('a review', () => {
  const answer = JSON.stringify({
    findings: [],
    overall_correctness: 'patch is correct',
    overall_explanation: 'Fine.',
    overall_confidence_score: 1,
  })

  it.each<readonly [string, NonNullable<ExecRequest['review']>, RegExp]>([
    ['uncommitted changes', { uncommitted: true }, /staged, unstaged, and untracked/],
    ['a branch', { base: 'HEAD' }, /base branch 'HEAD'/],
    ['a commit', { commit: 'HEAD', title: '-t' }, /commit HEAD \("-t"\)/],
    ['whatever it is told', { instructions: '--look well' }, /^--look well$/],
  ])('of %s asks for it', async (_what, review, expected) => {
    stub.enqueue(reply.text(answer))
    const outcome = await runExec(request({ prompt: undefined, review, sandbox: 'read-only' }))
    expect(outcome).toMatchObject({ ok: true, result: { lastMessage: 'Fine.' } })
    expect(lastRequest()?.lastUserText).toMatch(expected)
  })
})

describe('a run that is stopped', () => {
  it('by its deadline says so', async () => {
    stub.enqueue(reply.silence())
    expect(await runExec(request({ timeoutMs: 1_500 }))).toMatchObject({
      error: { code: 'CODEX_EXEC_TIMEOUT', retryable: true },
      result: { timedOut: true, usage: undefined },
    })
  })

  it('by its signal is cancelled', async () => {
    const held = reply.hold(reply.text('never'))
    stub.enqueue(held)
    const controller = new AbortController()
    const running = runExec(request({ signal: controller.signal }))
    await held.reached
    controller.abort()
    expect(await running).toMatchObject({
      error: { code: 'CODEX_EXEC_CANCELLED', retryable: false },
      failure: { kind: 'turn-interrupted' },
      result: { timedOut: false },
    })
  })

  it('by its reader, who leaves, ends its commands and what those have started', async () => {
    const pids = join(plain, 'pids')
    stub.enqueue(
      reply.execCommand(`sleep 600 & echo $! > ${pids}; (sleep 600 & echo $! >> ${pids}; wait); wait`),
    )
    const stream = streamExec(request({ sandbox: 'danger-full-access' }))
    const seen: ExecEvent['type'][] = []
    for await (const event of stream) {
      if (event.type === 'lagged') continue
      seen.push(event.type)
      if (event.type === 'item.started') {
        await waitForLines(pids, 2)
        break
      }
    }
    expect(seen).toEqual(['thread.started', 'turn.started', 'item.started'])
    expect(await stream.result).toMatchObject({
      error: { code: 'CODEX_EXEC_CANCELLED' },
      failure: { retrySafety: 'side-effects-possible' },
    })
    const started = readFileSync(pids, 'utf8').trim().split('\n').map(Number)
    expect(started).toHaveLength(2)
    for (const pid of started) await goneAfterKill(pid)
  })
})

describe('a stream', () => {
  it('gives the events as they come, and the same outcome as a run', async () => {
    const held = reply.hold(reply.text('later'))
    stub.enqueue(reply.execCommand('true'), held)
    const stream = streamExec(request())
    const types: string[] = []
    for await (const event of stream) {
      types.push(event.type)
      // The answer is not there before the command's end has been read.
      if (event.type === 'item.completed') held.release()
    }
    expect(types).toEqual([
      'thread.started',
      'turn.started',
      'item.started',
      'item.completed',
      'item.completed',
      'turn.completed',
    ])
    const outcome = await stream.result
    expect(outcome).toMatchObject({ ok: true, result: { lastMessage: 'later' } })
    expect(outcome.result.jsonEvents.map((event) => event.type)).toEqual(types)
  })

  it('ends with its run when it is disposed of', async () => {
    stub.enqueue(reply.hold(reply.text('never')))
    let stream: ReturnType<typeof streamExec>
    {
      await using own = streamExec(request())
      stream = own
    }
    expect(await stream.result).toMatchObject({ error: { code: 'CODEX_EXEC_CANCELLED' } })
  })
})

/** Waits until a file that a command of Codex writes has so many lines; rejects when it does not. */
async function waitForLines(file: string, count: number): Promise<void> {
  const lines = () => {
    try {
      return readFileSync(file, 'utf8').split('\n').length - 1
    } catch {
      return 0
    }
  }
  const signal = AbortSignal.timeout(20_000)
  const changes = watch(join(file, '..'), { signal })
  if (lines() >= count) return
  for await (const _ of changes) if (lines() >= count) return
}
