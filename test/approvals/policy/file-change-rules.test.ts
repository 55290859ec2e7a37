import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  allowFileChanges,
  type FileChangeApprovalRequest,
  type FileChangeRuleOptions,
} from '../../../src/approvals/index.js'
import { command, fileChange } from '../requests.js'

type Change = FileChangeApprovalRequest['changes'][number]

let top: string
let root: string
beforeAll(async () => {
  top = await realpath(await mkdtemp(join(tmpdir(), 'file-rules-')))
  root = join(top, 'repo')
  await mkdir(join(root, 'src'), { recursive: true })
  await mkdir(join(top, 'outside'))
  await writeFile(join(root, 'src/a.ts'), 'a')
  await writeFile(join(top, 'outside/secret'), 's')
  await symlink(join(top, 'outside'), join(root, 'link-out'))
  await symlink(join(root, 'src'), join(root, 'link-in'))
  await symlink(join(top, 'outside/none'), join(root, 'dangling'))
  await symlink(join(root, 'loop'), join(root, 'loop'))
  await symlink(root, join(top, 'repo-link'))
})
afterAll(() => rm(top, { recursive: true, force: true }))

const add = (path: string, diff = 'line\n'): Change => ({ path, kind: { type: 'add' }, diff })
const update = (path: string, diff: string, move_path?: string): Change => ({
  path,
  kind: { type: 'update', ...(move_path === undefined ? {} : { move_path }) },
  diff,
})
const judge = async (changes: readonly Change[], options: Partial<FileChangeRuleOptions> = {}, more = {}) =>
  (await allowFileChanges({ within: root, ...options }).evaluate(fileChange(changes, more))).match

describe('allowFileChanges', () => {
  it.each([
    ['an existing file', 'src/a.ts'],
    ['a new file in new folders', 'src/x/y/new.ts'],
    ['a file behind a link that stays inside', 'link-in/b.ts'],
    ['a path with idle dots', 'src/./a.ts'],
    ['a path with idle slashes', '/src//x///new.ts'],
  ])('allows %s', async (_what, path) => {
    expect(await judge([add(`${root}/${path}`)])).toBe('yes')
  })

  it('takes a folder that is itself reached by a link', async () => {
    expect(await judge([add(join(top, 'repo-link/src/new.ts'))])).toBe('yes')
    expect(await judge([add(join(root, 'src/new.ts'))], { within: join(top, 'repo-link') })).toBe('yes')
  })

  it.each([
    ['outside', () => join(top, 'outside/x')],
    ['in a folder whose name begins like the allowed one', () => `${root}-other/x`],
    ['behind a link that leaves', () => join(root, 'link-out/x')],
    ['that exists behind a link that leaves', () => join(root, 'link-out/secret')],
    ['at the top of the system', () => '/x'],
  ])('is certain that a file %s is not allowed', async (_what, path) => {
    expect(await judge([add(path())])).toBe('no')
  })

  it.each([
    ['a relative path', () => 'src/a.ts'],
    ['a path that climbs', () => `${root}/src/../../outside/x`],
    ['a path that climbs and comes back', () => `${root}/src/../src/a.ts`],
    ['a link to nowhere', () => join(root, 'dangling')],
    ['a link to nowhere with a slash behind it', () => `${root}/dangling/`],
    ['a link to nowhere with slashes behind it', () => `${root}/dangling//`],
    ['a link to nowhere with idle dots', () => `${root}/.//dangling//./`],
    ['what lies behind a link to nowhere', () => `${root}/dangling//x`],
    ['a link to itself', () => join(root, 'loop/x')],
    ['a file as a folder', () => join(root, 'src/a.ts/x')],
    ['the allowed folder itself', () => root],
    ['an invisible character', () => join(root, 'src/\u200bx.ts')],
    ['a NUL', () => `${root}/a\0b`],
    ['an empty path', () => ''],
    ['a repository', () => join(root, '.git/hooks/pre-commit')],
    ['a repository by another case', () => join(root, 'sub/.GIT/config')],
    ['a repository by wide letters', () => join(root, '.\uff47\uff49\uff54/config')],
    ['the agents by a long s', () => join(root, '.agent\u017f/x')],
    ['the agents by capitals', () => join(root, 'sub/.AGENTS/x')],
    ["Codex's own settings", () => join(root, '.codex/config.toml')],
  ])('is unsure about %s', async (_what, path) => {
    expect(await judge([add(path())])).toBe('unsure')
  })

  it('protects other names, or none, when it is told to', async () => {
    const hook = add(join(root, '.git/hooks/pre-commit'))
    expect(await judge([hook], { protect: [] })).toBe('yes')
    expect(await judge([add(join(root, 'ci/x'))], { protect: ['ci'] })).toBe('unsure')
  })

  it('allows a request only when it allows every change of it', async () => {
    const inside = add(join(root, 'src/a.ts'))
    const outside = add(join(top, 'outside/x'))
    expect(await judge([inside, outside])).toBe('unsure')
    expect(await judge([outside, outside])).toBe('no')
    expect(await judge([])).toBe('unsure')
  })

  it('looks at where a file moves to', async () => {
    const path = join(root, 'src/a.ts')
    expect(await judge([update(path, '', join(root, 'src/b.ts'))])).toBe('yes')
    expect(await judge([update(path, '', join(top, 'outside/b.ts'))])).toBe('unsure')
    expect(await judge([update(path, '', join(root, 'b.sh'))], { extensions: ['.ts'] })).toBe('unsure')
    expect(await judge([update(path, '', join(root, 'b.ts'))], { kinds: ['update'] })).toBe('no')
  })

  it('narrows by ending, exactly, and is unsure about another case', async () => {
    expect(await judge([add(join(root, 'x.ts'))], { extensions: ['.ts', '.json'] })).toBe('yes')
    expect(await judge([add(join(root, 'x.js'))], { extensions: ['.ts'] })).toBe('no')
    expect(await judge([add(join(root, 'x.TS'))], { extensions: ['.ts'] })).toBe('unsure')
    expect(await judge([add(join(root, 'xts'))], { extensions: ['.ts'] })).toBe('no')
  })

  it('narrows by kind, and is unsure about kinds that it does not know', async () => {
    expect(await judge([add(join(root, 'x'))], { kinds: ['update'] })).toBe('no')
    expect(await judge([{ path: join(root, 'x'), kind: { type: 'chmod' }, diff: '' } as never])).toBe(
      'unsure',
    )
    expect(await judge([{ path: join(root, 'x'), diff: '' } as never])).toBe('unsure')
  })

  it('narrows by the size of all diffs together', async () => {
    const files = [add(join(root, 'x'), 'one\ntwo'), update(join(root, 'y'), '@@\n-a\n+b\n same\n')]
    expect(await judge(files, { maxDiffLines: 4 })).toBe('yes')
    expect(await judge(files, { maxDiffLines: 3 })).toBe('no')
    expect(await judge([add(join(root, 'x'), 'ä')], { maxDiffBytes: 2 })).toBe('yes')
    expect(await judge([add(join(root, 'x'), 'ä')], { maxDiffBytes: 1 })).toBe('no')
    expect(await judge([{ ...add(join(root, 'x')), diff: undefined } as never])).toBe('unsure')
  })

  it('never allows a request for a whole folder', async () => {
    expect(await judge([add(join(root, 'x'))], {}, { grantRoot: root })).toBe('unsure')
  })

  it('is unsure when an allowed folder is not there', async () => {
    expect(await judge([add('/x')], { within: [join(root, 'loop')] })).toBe('unsure')
    expect(await judge([add(join(root, 'x'))], { within: [join(root, 'loop'), root] })).toBe('yes')
  })

  it('is unrelated to commands', async () => {
    expect((await allowFileChanges({ within: '/' }).evaluate(command())).match).toBe('unrelated')
  })

  it.each([
    [undefined, 'options'],
    [{}, 'within'],
    [{ within: 'src' }, 'within'],
    [{ within: [] }, 'within'],
    [{ within: ['/a', 1] }, 'within[1]'],
    [{ within: '/a', extensions: [] }, 'extensions'],
    [{ within: '/a', extensions: ['ts'] }, 'extensions[0]'],
    [{ within: '/a', kinds: ['chmod'] }, 'kinds'],
    [{ within: '/a', maxDiffLines: -1 }, 'maxDiffLines'],
    [{ within: '/a', protect: ['a/b'] }, 'protect[0]'],
    [{ within: '/a', witin: '/b' }, 'witin'],
  ])('refuses the options %j', (options, option) => {
    expect(() => allowFileChanges(options as never)).toThrow(expect.objectContaining({ option }))
  })
})
