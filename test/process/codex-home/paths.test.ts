import { homedir } from 'node:os'
import { expect, test } from 'vitest'
import {
  depthOf,
  isPlainName,
  isWithin,
  lastNameOf,
  locateHome,
} from '../../../src/process/codex-home/paths.js'

test.each([
  ['/a/b', '/a/b', true],
  ['/a/b', '/a/b/c', true],
  ['/a/b', '/a/b/..c', true],
  ['/a/b', '/a/bc', false],
  ['/a/b', '/a', false],
  ['/a/b', '/a/c', false],
  ['/', '/a', true],
  ['/a', '/A/b', false],
])('on POSIX, with %s as the folder, %s is inside: %s', (folder, candidate, inside) => {
  expect(isWithin(folder, candidate, 'linux')).toBe(inside)
})

test.each([
  ['C:\\a\\b', 'C:\\a\\b', true],
  ['C:\\a\\b', 'c:\\A\\B\\c', true],
  ['C:\\a\\b', 'C:\\a\\bc', false],
  ['C:\\a\\b', 'C:\\a', false],
  ['C:\\a', 'D:\\a\\b', false],
  ['C:\\', 'D:\\', false],
  ['\\\\host\\share\\a', '\\\\host\\share\\a\\b', true],
  ['\\\\host\\share\\a', '\\\\host\\other\\a\\b', false],
])('on Windows, with %s as the folder, %s is inside: %s', (folder, candidate, inside) => {
  expect(isWithin(folder, candidate, 'win32')).toBe(inside)
})

test.each([
  ['/', 'linux', '', 0],
  ['/home/someone/.codex', 'linux', '.codex', 3],
  ['/home/someone/.codex/', 'linux', '.codex', 3],
  ['C:\\Users\\someone\\.codex', 'win32', '.codex', 3],
  ['C:\\', 'win32', '', 0],
  ['\\\\host\\share\\homes\\one', 'win32', 'one', 2],
] as const)('the place of %s on %s is told by last name and depth', (place, platform, name, depth) => {
  expect(lastNameOf(place, platform)).toBe(name)
  expect(depthOf(place, platform)).toBe(depth)
})

test('the path given comes before the variable, and that before the user folder', () => {
  const env = { CODEX_HOME: '/homes/a', HOME: '/home/someone' }
  expect(locateHome('/given', env, 'linux')).toEqual({ origin: 'argument', path: '/given' })
  expect(locateHome(undefined, env, 'linux')).toEqual({ origin: 'environment', path: '/homes/a' })
  expect(locateHome(undefined, { ...env, CODEX_HOME: '' }, 'linux')).toEqual({
    origin: 'default',
    path: '/home/someone/.codex',
  })
})

test('on Windows the user folder is the profile, and names of variables have no case', () => {
  const env = { UserProfile: 'C:\\Users\\someone', HOME: '/home/someone' }
  expect(locateHome(undefined, env, 'win32')).toEqual({
    origin: 'default',
    path: 'C:\\Users\\someone\\.codex',
  })
  expect(locateHome(undefined, { ...env, codex_home: 'D:\\homes\\a' }, 'win32')).toEqual({
    origin: 'environment',
    path: 'D:\\homes\\a',
  })
})

test('without a variable the account of the process names the user folder', () => {
  const located = locateHome(undefined, {}, 'linux')
  expect(located?.origin).toBe('default')
  expect(located?.path).toMatch(/\/\.codex$/)
  expect(locateHome(undefined, { HOME: homedir() }, 'linux')?.path).toBe(`${homedir()}/.codex`)
})

test.each(['auth.json', '.hidden', 'ci.config.toml', '...x', 'a b'])(
  '%j names a file in a folder',
  (name) => {
    expect(isPlainName(name)).toBe(true)
  },
)

test.each(['', '.', '..', 'a/b', 'a\\b', '/a', 'C:a', 'a:b', 'a\0', 'a.', 'a '])(
  '%j does not name a file in a folder',
  (name) => {
    expect(isPlainName(name)).toBe(false)
  },
)
