import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { webSocket } from '../../src/transports/websocket.js'
import { failOnUnhandled } from '../rpc/helpers.js'
import { peerOver, record } from './helpers.js'
import { echo, serve } from './websocket-support.js'

beforeEach(failOnUnhandled)

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const certificate = selfSigned(privateKey, publicKey)

/** Starts a server whose certificate is for 127.0.0.1 and signed by itself. */
async function serveTls() {
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' })
  const server = createServer({ key, cert: certificate }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  const sockets = await serve(echo, { server, host: undefined, port: undefined })
  return { headers: sockets.headers, port: (server.address() as AddressInfo).port }
}

test.each(['wss', 'https'])('a token travels over %s to a server that can be trusted', async (scheme) => {
  const { port, headers } = await serveTls()
  const url = `${scheme}://127.0.0.1:${port}`
  const { peer } = await peerOver(webSocket(url, { token: 'tok-12345', tls: { ca: certificate } }))
  expect(await peer.request('echo', { text: 'é'.repeat(100_000) })).toHaveProperty('text')
  expect(headers[0]).toMatchObject({ authorization: 'Bearer tok-12345' })
  await peer.close()
})

test.each([
  ['nobody vouches for it', {}, 'DEPTH_ZERO_SELF_SIGNED_CERT'],
  ['it is for another host', { ca: certificate, servername: 'other.test' }, 'ERR_TLS_CERT_ALTNAME_INVALID'],
])('a server is not trusted when %s, and gets no token', async (_, tls, errno) => {
  const { port, headers } = await serveTls()
  const transport = webSocket(`wss://127.0.0.1:${port}`, { token: 'tok-12345', tls })
  record(transport)
  await expect(transport.start()).rejects.toMatchObject({ code: 'WEBSOCKET_CONNECT_FAILED', errno })
  expect(headers).toEqual([])
})

test('a server may be trusted blindly, when the caller says so', async () => {
  const { port } = await serveTls()
  const { peer } = await peerOver(
    webSocket(`wss://127.0.0.1:${port}`, { tls: { rejectUnauthorized: false } }),
  )
  expect(await peer.request('echo', 1)).toBe(1)
})

/** A certificate for 127.0.0.1, in the few structures that X.509 cannot do without. */
function selfSigned(key: KeyObject, subject: KeyObject): string {
  const der = (tag: number, ...parts: readonly Buffer[]): Buffer => {
    const body = Buffer.concat(parts)
    const { length } = body
    const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
    return Buffer.concat([Buffer.from([tag, ...size]), body])
  }
  const sequence = (...parts: readonly Buffer[]) => der(0x30, ...parts)
  const oid = (hex: string) => der(0x06, Buffer.from(hex, 'hex'))
  const number = (value: number) => der(0x02, Buffer.from([value]))
  const time = (text: string) => der(0x18, Buffer.from(text))
  const ecdsaWithSha256 = sequence(oid('2a8648ce3d040302'))
  const name = sequence(der(0x31, sequence(oid('550403'), der(0x0c, Buffer.from('test')))))
  const address = sequence(der(0x87, Buffer.from([127, 0, 0, 1])))
  const alternativeName = sequence(oid('551d11'), der(0x04, address))
  const body = sequence(
    der(0xa0, number(2)),
    number(1),
    ecdsaWithSha256,
    name,
    sequence(time('20200101000000Z'), time('99991231235959Z')),
    name,
    subject.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(alternativeName)),
  )
  const signature = der(0x03, Buffer.from([0]), sign('sha256', body, key))
  const base64 = sequence(body, ecdsaWithSha256, signature).toString('base64')
  return `-----BEGIN CERTIFICATE-----\n${base64.replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`
}
