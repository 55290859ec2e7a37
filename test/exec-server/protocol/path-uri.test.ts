import { describe, expect, it } from 'vitest'
import { pathToUri, uriToPath } from '../../../src/exec-server/protocol/index.js'

describe('a path URI', () => {
  it.each([
    ['file:///tmp', '/tmp'],
    ['file://localhost/tmp/a%20b', '/tmp/a b'],
    ['FILE:///tmp/%C3%A9', '/tmp/é'],
    ['file:///tmp/../etc/./x', '/etc/x'],
    ['file:tmp', '/tmp'],
    ['file:///tmp/a%2Fb', '/tmp/a/b'],
  ])('%s names %s', (uri, path) => {
    expect(uriToPath(uri)).toBe(path)
  })

  it.each([
    ['/tmp', 'invalid URI: relative URL without a base'],
    ['', 'invalid URI: relative URL without a base'],
    ['http://x/tmp', 'unsupported path URI scheme `http`'],
    ['file:///tmp?x', 'query parameters are not allowed in path URIs'],
    ['file:///tmp#x', 'fragments are not allowed in path URIs'],
    ['file://other/tmp', "'file://other/tmp' is invalid on"],
    ['file:///tmp/%00', "'file:///tmp/%00' is invalid on"],
    ['file:///tmp/%ff', "'file:///tmp/%ff' is invalid on"],
    ['file://[/x', 'invalid URI'],
  ])('%j is refused with -32602', (uri, message) => {
    expect(() => uriToPath(uri)).toThrow(
      expect.objectContaining({ rpcCode: -32602, message: expect.stringContaining(message) }),
    )
  })

  it('may be a native path where v0 clients are served', () => {
    expect(uriToPath('/tmp/a%20b', true)).toBe('/tmp/a%20b')
    expect(() => uriToPath('tmp', true)).toThrow('relative URL without a base')
    expect(() => uriToPath('/tmp\0', true)).toThrow('relative URL without a base')
  })

  it.each(['/tmp/a b', '/tmp/100%', '/tmp/a?b#c', '/tmp/é', '/'])(
    'comes back as the path it was made of: %s',
    (path) => {
      expect(uriToPath(pathToUri(path))).toBe(path)
    },
  )
})
