import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { makePrivateFolder } from '../../src/process/private-folder.js'
import { reply, startModelStub, stubCodexHome } from '../../src/testing/index.js'
import { goneAfterKill, isRunning } from '../process/helpers.js'

const root = fileURLToPath(new URL('../../', import.meta.url))

it('codex exec ends with its next event when its program is killed by SIGKILL, and its folder goes with the next', async () => {
  await using stub = await startModelStub()
  await using home = await stubCodexHome(stub)
  const held = reply.hold(reply.text('{"answer":"x"}'))
  stub.enqueue(held)
  const folder = await mkdtemp(join(tmpdir(), 'exec-host-kill-'))
  const host = spawn(process.execPath, ['--import', 'tsx', 'test/fixtures/exec-host.mts', folder], {
    cwd: root,
    env: { ...process.env, ...home.env, TMPDIR: folder },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = await once(createInterface(host.stdout), 'line')
  const pid = Number(line)
  try {
    await held.reached
    const exited = once(host, 'exit')
    host.kill('SIGKILL')
    await exited
    const left = async () => (await readdir(folder)).filter((name) => name.startsWith('codex-conduit-'))
    expect(await left()).toHaveLength(1)
    expect(isRunning(pid)).toBe(true)
    held.release()
    await goneAfterKill(pid)
    const next = await makePrivateFolder(folder)
    await next.remove()
    expect(await left()).toEqual([])
  } finally {
    if (isRunning(pid)) process.kill(pid, 'SIGKILL')
    await rm(folder, { recursive: true, force: true })
  }
})
