import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { ExecServer, type ExecServerAuth, type ExecServerOptions } from '../../../src/exec-server/index.js'
import { testServer } from '../support.js'

const SECRET = 'x'.repeat(32)

describe('a mistyped option is refused, since', () => {
  it.each<[string, object]>([
    ['rots', { rots: ['/'] }],
    ['http.allowUrls', { http: { allowUrls: () => false } }],
    ['http.headerVariable', { http: { headerVariable: [] } }],
  ])('a server without `%s` would allow more', (option, options) => {
    expect(() => new ExecServer(options as ExecServerOptions)).toThrow(
      expect.objectContaining({ code: 'INVALID_INPUT', option }),
    )
  })

  it.each<[string, object]>([
    ['auth.issuers', { sharedSecret: SECRET, issuers: 'me' }],
    ['auth.audence', { sharedSecret: SECRET, audence: 'me' }],
    ['auth.maxClockSkew', { sharedSecret: SECRET, maxClockSkew: 0 }],
    // Known, but not of this way: it would not be held against the token.
    ['auth.issuer', { token: 'a-token', issuer: 'me' }],
    ['auth.audience', { tokenSha256: 'a'.repeat(64), audience: 'me' }],
  ])('a listener without `%s` would let in more', async (option, auth) => {
    const listening = testServer().listenWebSocket({ auth: auth as ExecServerAuth })
    await expect(listening).rejects.toMatchObject({ code: 'INVALID_INPUT', option })
    await expect(listening).rejects.not.toThrow(SECRET)
  })
})

describe('serving standard streams', () => {
  const pipes = () => ({ readable: new PassThrough(), writable: new PassThrough() })

  it('rejects for an option that is wrong or not known, and serves nobody', async () => {
    const server = testServer()
    const mistyped = { ...pipes(), maxMessageByte: 5 }
    await expect(server.listenStdio(mistyped)).rejects.toMatchObject({ option: 'maxMessageByte' })
    await expect(server.listenStdio({ ...pipes(), maxMessageBytes: 0 })).rejects.toMatchObject({
      option: 'maxMessageBytes',
    })
    expect(server.connections).toBe(0)
  })

  it('of a closed server rejects, as listening does', async () => {
    const server = testServer()
    await server.close()
    const closed = { code: 'INVALID_INPUT', option: 'server' }
    await expect(server.listenStdio(pipes())).rejects.toMatchObject(closed)
    await expect(server.listenWebSocket()).rejects.toMatchObject(closed)
  })
})
