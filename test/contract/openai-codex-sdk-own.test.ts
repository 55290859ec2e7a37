import { execFile } from 'node:child_process'
import { access, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import type { ApprovalRequest } from '../../src/approvals/index.js'
import { Codex, CodexSdkError } from '../../src/integrations/openai-codex-sdk/index.js'
import { reply } from '../../src/testing/index.js'
import { fixture, goneAfterKill } from '../process/helpers.js'
import { expectSame, readTurn, runOurs } from './openai-codex-sdk-support.js'

/** The last line of a command's output: a login shell may say something of its own before. */
function lastLine(item: unknown): string {
  const { aggregated_output: output = '' } = item as { aggregated_output?: string }
  return output.trim().split('\n').at(-1) ?? ''
}

const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  )

describe('the drop-in with the real Codex', () => {
  it('starts nothing before the first turn, runs threads side by side in one process, and closes it', async () => {
    await runOurs(async ({ stub, home, workspace, env }) => {
      await using codex = new Codex({ env })
      const options = { workingDirectory: workspace, sandboxMode: 'danger-full-access' } as const
      const threads = ['a', 'b', 'c'].map(() => codex.startThread(options))
      expect(await exists(join(home, 'sessions'))).toBe(false)
      expect(threads.map(({ id }) => id)).toEqual([null, null, null])
      const pids = await Promise.all(
        threads.map(async (thread, index) => {
          const mark = `thread ${index}`
          stub
            .when((request) => request.userTexts().includes(mark))
            .reply(reply.execCommand('echo $PPID'), reply.text('done'))
          const { items } = await thread.run(mark)
          return lastLine(items[0])
        }),
      )
      expect(pids[0]).toMatch(/^\d+$/)
      expect(new Set(pids).size).toBe(1)
      await codex.close()
      await goneAfterKill(Number(pids[0]))
      await expect(threads[0]?.run('Hello')).rejects.toMatchObject({ code: 'CODEX_CLOSED' })
    })
  })

  it('asks for approval if somebody answers, and only then', async () => {
    await runOurs(async ({ stub, env, workspace }) => {
      const asked: ApprovalRequest[] = []
      await using codex = new Codex({
        env,
        onApproval: (request) => {
          asked.push(request)
          return asked.length === 1 ? 'decline' : 'accept'
        },
      })
      const thread = codex.startThread({ workingDirectory: workspace, approvalPolicy: 'on-request' })
      for (const name of ['one', 'two']) {
        stub.enqueue(reply.execCommand(`touch ${name}`, { escalate: 'It writes.' }), reply.text('ok'))
        const { events } = await readTurn(thread as never, 'Write')
        const status = name === 'one' ? 'failed' : 'completed'
        expect(events).toContainEqual(
          expect.objectContaining({ type: 'item.completed', item: expect.objectContaining({ status }) }),
        )
      }
      expect(asked.map(({ kind }) => kind)).toEqual(['command', 'command'])
      expect([await exists(join(workspace, 'one')), await exists(join(workspace, 'two'))]).toEqual([
        false,
        true,
      ])
    })
  })

  it('goes on with a thread after its process was killed between two turns', async () => {
    await runOurs(async ({ stub, open, workspace }) => {
      const thread = open().startThread({ workingDirectory: workspace, sandboxMode: 'danger-full-access' })
      stub.enqueue(reply.execCommand('echo $PPID'), reply.text('ok'))
      const { items } = await thread.run('One')
      const pid = Number(lastLine(items[0]))
      process.kill(pid, 'SIGKILL')
      await goneAfterKill(pid)
      expect((await thread.run('Two')).finalResponse).toBe('ok')
      expect(stub.requests.at(-1)?.userTexts()).toEqual(['One', 'Two'])
    })
  })

  it('goes on with a thread that another Codex of the program has in memory', async () => {
    await runOurs(async ({ stub, open, workspace }) => {
      const options = { workingDirectory: workspace }
      const first = open().startThread(options)
      await first.run('One')
      await open()
        .resumeThread(first.id ?? '', options)
        .run('Two')
      await first.run('Three')
      expect(stub.requests.at(-1)?.userTexts()).toEqual(['One', 'Two', 'Three'])
    })
  })

  it('lets one Codex of the program at a time have a turn of a thread: the one that asked first', async () => {
    await runOurs(async ({ stub, open, workspace }) => {
      const options = { workingDirectory: workspace }
      const first = open().startThread(options)
      await first.run('One')
      const others = [open(), open()].map((codex) => codex.resumeThread(first.id ?? '', options))
      // The first is in memory of another, so that its app-server must end before the winner can go on.
      const turns = [...others, first].map((thread, index) => thread.run(`Turn ${index}`))
      expect(await Promise.allSettled(turns)).toMatchObject([
        { value: { finalResponse: 'ok' } },
        { reason: { code: 'CODEX_EXITED', failure: { retrySafety: 'not-sent' } } },
        { reason: { code: 'CODEX_EXITED', failure: { retrySafety: 'not-sent' } } },
      ])
      await first.run('Last')
      expect(stub.requests.at(-1)?.userTexts()).toEqual(['One', 'Turn 0', 'Last'])
    })
  })

  it('leaves a turn alone that another Codex of the program has running', async () => {
    await runOurs(async ({ stub, open, workspace }) => {
      const options = { workingDirectory: workspace }
      const first = open().startThread(options)
      const held = reply.hold(reply.text('whole'))
      stub.enqueue(held)
      const running = first.run('One')
      await held.reached
      const second = open().resumeThread(first.id ?? '', options)
      await expect(second.run('Two')).rejects.toThrow('has a running turn')
      held.release()
      expect((await running).finalResponse).toBe('whole')
      expect((await second.run('Three')).finalResponse).toBe('ok')
      expect(stub.requests.at(-1)?.userTexts()).toEqual(['One', 'Three'])
    })
  })

  it('classifies what goes wrong', async () => {
    await runOurs(async ({ stub, open, workspace }) => {
      const thread = open().startThread({ workingDirectory: workspace })
      stub.enqueue(reply.httpError(429, { code: 'usage_limit_reached' }))
      const error = await thread.run('Hello').catch((reason: unknown) => reason)
      expect(error).toBeInstanceOf(CodexSdkError)
      expect(error).toMatchObject({
        code: 'TURN_FAILED',
        failure: { kind: 'provider-usage-limited', retryable: false },
      })
    })
  })

  it('gives the key and the base URL to the built-in provider, and stores neither', async () => {
    const { saw } = await expectSame(
      async ({ stub, home, open, workspace }) => {
        const here = { workingDirectory: workspace }
        const config = { model_providers: { stub: { requires_openai_auth: true } } }
        await open({ apiKey: 'sk-test-key', config }).startThread(here).run('Hello')
        const builtIn = open({
          apiKey: 'sk-test-key',
          baseUrl: stub.url,
          config: { model_provider: 'openai' },
        })
        const { events } = await builtIn.startThread(here).runStreamed('Hello')
        // Its WebSocket is refused: that it asks here is all that is to be seen.
        for await (const event of events) if (event.type === 'error') break
        const [asked] = stub.otherRequests
        return {
          isKeyStored: await exists(join(home, 'auth.json')),
          isKeyInConfig: (await readFile(join(home, 'config.toml'), 'utf8')).includes('sk-test-key'),
          path: asked?.path,
          authorization: asked?.headers.authorization,
        }
      },
      { features: { unbounded_connection_retries: false } },
    )
    expect(saw).toEqual({
      isKeyStored: false,
      isKeyInConfig: false,
      path: '/v1/responses',
      authorization: 'Bearer [present]',
    })
  })

  // Without a list of its children a program cannot name the one that must be gone.
  it.runIf(process.platform === 'linux')(
    'lets a program end that closes nothing, and ends with it',
    async () => {
      await runOurs(async ({ env }) => {
        const args = ['--import', 'tsx', fixture('openai-codex-sdk-host')]
        const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { env, timeout: 25_000 })
        expect(stderr).toBe('')
        const [answer, ...children] = stdout.trim().split(' ')
        expect(answer).toBe('ok')
        expect(children.length).toBeGreaterThan(0)
        for (const pid of children) await goneAfterKill(Number(pid))
      })
    },
  )
})
