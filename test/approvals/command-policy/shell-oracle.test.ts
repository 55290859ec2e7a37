import { spawnSync } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compileCommandRules } from '../../../src/approvals/command-policy/match-command.js'
import { allowedCommands } from './corpus/benign-commands.js'
import { shellText } from './shell-text.js'

// Only programs that have a stub below, so that nothing a shell makes of a text can run anything real.
const matcher = compileCommandRules([['npm', 'test'], ['git', 'status'], ['ls']])

// Writes how it was called, counted so that no argument can be taken for another, and ends as it is told.
const STUB = `#!/bin/sh
printf '%s\\0' "$#" "\${0##*/}" "$@" >> "$STUB_RECORD"
exit "$STUB_EXIT"
`

let folder = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shell-oracle-'))
  await mkdir(join(folder, 'bin'))
  await mkdir(join(folder, 'empty'))
  await writeFile(join(folder, 'stub'), STUB)
  await chmod(join(folder, 'stub'), 0o755)
  for (const name of ['npm', 'git', 'ls']) await symlink(join(folder, 'stub'), join(folder, 'bin', name))
})

afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
})

/** Runs a script, whose programs are all stubs that exit with a status, and returns what they were given. */
async function record(shell: readonly string[], script: string, exit: number): Promise<string[]> {
  const [file = '', ...args] = shell
  const target = join(folder, 'record')
  await writeFile(target, '')
  const { error, stderr } = spawnSync(file, [...args, '-c', script], {
    cwd: join(folder, 'empty'),
    env: { PATH: join(folder, 'bin'), HOME: folder, STUB_RECORD: target, STUB_EXIT: String(exit) },
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
  })
  expect({ script, error, stderr }).toEqual({ script, error: undefined, stderr: '' })
  const fields = (await readFile(target, 'utf8')).split('\0')
  const calls: string[] = []
  for (let at = 0; at < fields.length - 1; ) {
    const count = Number(fields[at])
    calls.push(JSON.stringify(fields.slice(at + 1, at + 2 + count)))
    at += 2 + count
  }
  return calls
}

/** Texts that match, the same ones in every run. */
function matchingTexts(): readonly string[] {
  const generated = fc.sample(shellText, { numRuns: 20_000, seed: 4 }).map((suffix) => `npm test${suffix}`)
  const texts = [...allowedCommands.filter((text) => !/^.*-l?c /.test(text)), ...generated]
  return [...new Set(texts)].filter((text) => matcher(text).matched).slice(0, 200)
}

// Bash is restricted as well, so that even a mistake could neither redirect nor name a path.
describe.each([
  ['bash', ['/bin/bash', '--norc', '--noprofile', '--restricted']],
  ['sh', ['/bin/sh']],
])('a text that matches, run by %s', (_, shell) => {
  it('runs exactly the commands that were reported', { timeout: 60_000 }, async () => {
    const texts = matchingTexts()
    expect(texts.length).toBe(200)
    for (const text of texts) {
      // When all succeed, what follows `&&` runs; when all fail, what follows `||` does; the rest always.
      const succeeding = await record(shell, text, 0)
      const failing = text.includes('||') ? await record(shell, text, 1) : []
      const expected = matcher(text).commands.map((argv) => JSON.stringify(argv))
      expect({ text, ran: [...new Set([...succeeding, ...failing])].sort() }).toEqual({
        text,
        ran: [...new Set(expected)].sort(),
      })
    }
  })
})
