import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { conduitProgram } from '../../../src/exec-server/client/conduit-program.js'
import { fromUri, toPlace } from '../../../src/exec-server/client/places.js'

it.each([
  ['/a/b', 'file:///a/b'],
  ['/a b/%/#?', 'file:///a%20b/%25/%23%3F'],
  ['/ü', 'file:///%C3%BC'],
  ['C:\\a b\\c', 'file:///C:/a%20b/c'],
  ['\\\\host\\share\\x', 'file://host/share/x'],
])('turns %s into %s and back', (path, uri) => {
  expect(toPlace('path', path, 'current')).toBe(uri)
  expect(fromUri(uri)).toBe(path)
  expect([toPlace('path', uri, 'v0'), toPlace('path', path, 'v0')]).toEqual([path, path])
  expect(toPlace('path', uri, 'current')).toBe(uri)
})

it.each(['', 'a', './a', 'http://host/a', '/a\0', '/\ud800', 5])('refuses %j', (path) => {
  expect(() => toPlace('path', path as string, 'current')).toThrow(/`path`/)
})

it('leaves alone what has no text', () => {
  expect(fromUri('file:///%FF')).toBe('file:///%FF')
  expect(fromUri('urn:x')).toBe('urn:x')
})

it('finds the program of this package where package.json says', () => {
  const root = fileURLToPath(new URL('../../../', import.meta.url))
  expect(conduitProgram()).toBe(`${root}dist/exec-server/cli.js`)
  expect(existsSync(`${root}src/exec-server/cli.ts`)).toBe(true)
})
