import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { ExecServer, type ExecServerOptions } from '../../src/exec-server/index.js'
import { locateCodex, spawnChild } from '../../src/process/index.js'
import { type ModelStub, reply, startModelStub, stubCodexHome } from '../../src/testing/index.js'

let stub: ModelStub
beforeAll(async () => {
  stub = await startModelStub()
})
afterAll(() => stub?.close())

/** An event of `codex exec --json`. */
interface ExecEvent {
  readonly type: string
  readonly item?: Readonly<Record<string, unknown>>
}

/** Runs the real `codex exec` in a new folder, its environment on a server of ours. */
async function runCodex(
  options: (folder: string) => ExecServerOptions = () => ({}),
  sandbox = 'danger-full-access',
): Promise<{ events: ExecEvent[]; folder: string; code: number | null; stderr: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'conduit-exec-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  await writeFile(join(folder, 'hello.txt'), 'hello file\n')
  const home = await stubCodexHome(stub)
  onTestFinished(() => home.dispose())
  const server = new ExecServer(options(folder))
  onTestFinished(() => server.close())
  const { url } = await server.listenWebSocket()
  const args = ['exec', '--skip-git-repo-check', '--json', '-s', sandbox, '-C', folder, 'go']
  const env = { ...home.env, CODEX_EXEC_SERVER_URL: url }
  const child = spawnChild({ command: locateCodex().path, args, env })
  onTestFinished(async () => {
    await child.terminate({ force: true })
  })
  child.stdin.end()
  let text = ''
  for await (const chunk of child.stdout.setEncoding('utf8')) text += chunk
  const { code } = await child.exited
  const events = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as ExecEvent)
  return { events, folder, code, stderr: child.stderrTail() }
}

const PATCH = [
  '*** Begin Patch',
  '*** Add File: added.txt',
  '+content',
  '*** Update File: hello.txt',
  '@@',
  '-hello file',
  '+bye file',
  '*** End Patch',
  '',
].join('\n')

const items = (events: readonly ExecEvent[], type: string) =>
  events
    .filter((event) => event.type === 'item.completed' && event.item?.type === type)
    .map(({ item }) => item)

describe('the real Codex on our exec-server', () => {
  it.each([
    ['with all of this machine', () => ({})],
    ['confined to its folder', (folder: string) => ({ roots: [folder] })],
  ])('runs a command, reads a file and applies a patch, %s', async (_, options) => {
    stub.enqueue(
      reply.execCommand('cat hello.txt; pwd; exit 3'),
      reply.applyPatch(PATCH),
      reply.text('all done'),
    )
    const { events, folder, code } = await runCodex(options)
    expect(items(events, 'command_execution')).toMatchObject([
      { aggregated_output: `hello file\n${folder}\n`, exit_code: 3 },
    ])
    expect(items(events, 'file_change')).toMatchObject([{ status: 'completed' }])
    expect(items(events, 'agent_message')).toMatchObject([{ text: 'all done' }])
    expect(events.at(-1)).toMatchObject({ type: 'turn.completed' })
    expect(await readFile(join(folder, 'hello.txt'), 'utf8')).toBe('bye file\n')
    expect(await readFile(join(folder, 'added.txt'), 'utf8')).toBe('content\n')
    expect(code).toBe(0)
  })

  it('has a command that asks for a sandbox refused, not run without one', async () => {
    stub.enqueue(reply.execCommand('echo ran > ran.txt'), reply.text('after'))
    const { events, folder } = await runCodex(() => ({}), 'workspace-write')
    await expect(readFile(join(folder, 'ran.txt'))).rejects.toMatchObject({ code: 'ENOENT' })
    expect(items(events, 'agent_message')).toMatchObject([{ text: 'after' }])
  })

  it('runs a sandboxed command when a hook wraps it', async () => {
    const asked: unknown[] = []
    stub.enqueue(reply.execCommand('echo ran > ran.txt'), reply.text('after'))
    const { folder } = await runCodex(
      () => ({
        sandbox: {
          wrapCommand: ({ sandbox, argv }) => {
            asked.push(sandbox)
            return { argv: ['/usr/bin/env', 'WRAPPED=1', ...argv], sandboxType: 'linuxSeccomp' }
          },
          allowsFile: () => true,
        },
      }),
      'workspace-write',
    )
    expect(asked).toMatchObject([{ permissions: expect.anything() }])
    expect(await readFile(join(folder, 'ran.txt'), 'utf8')).toBe('ran\n')
  })
})
