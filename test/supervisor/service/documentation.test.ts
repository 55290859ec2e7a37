import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const page = readFileSync(`${root}docs/supervisor.md`, 'utf8')

function sources(folder: string): string {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => readFileSync(`${entry.parentPath}/${entry.name}`, 'utf8'))
    .join('\n')
}

it('docs/supervisor.md names every event that is logged, and no other', () => {
  const code = sources(`${root}src/supervisor`)
  const names = /'((?:supervisor|server|session|turn|run|approval)\.[a-z][a-z-]*)'/g
  const logged = new Set([...code.matchAll(names)].map(([, name]) => name))
  // Names of options, and of what is told to listeners only.
  const others = /^(server\.(endpoint|strategy|binary|args|token|reconnect)|turn\.event)$/
  for (const name of logged) if (others.test(name as string)) logged.delete(name)
  const documented = new Set(
    [...page.matchAll(/`((?:supervisor|server|session|turn|run|approval)\.[a-z][a-z-]*)`/g)].map(
      ([, name]) => name,
    ),
  )
  expect([...documented].sort()).toEqual([...logged].sort())
})

it('docs/supervisor.md names every error that refuses a turn', () => {
  const errors = readFileSync(`${root}src/supervisor/errors.ts`, 'utf8')
  const codes = [...errors.matchAll(/code = '(SESSION_[A-Z_]+|TURN_[A-Z_]+|SERVER_[A-Z_]+)'/g)].map(
    ([, code]) => code,
  )
  expect(codes.filter((code) => code !== 'SESSION_EXISTS' && !page.includes(`\`${code}\``))).toEqual([])
})
