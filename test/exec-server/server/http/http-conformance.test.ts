import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { base64, ourServer, type RawClient, realServer } from '../../support.js'

it('our server sends HTTP requests as the real one does', async () => {
  const seen: string[] = []
  const web = createServer((request, response) => {
    const { method, url, headers } = request
    seen.push(`${headers['x-client']} ${method} ${url} ${headers['content-length']} ${headers.accept}`)
    if (url === '/redirect') response.writeHead(302, { location: '/x' }).end('moved')
    else response.writeHead(200, { 'x-multi': ['a', 'b'] }).end('hello')
  })
  await new Promise<void>((resolve) => {
    web.listen(0, '127.0.0.1', resolve)
  })
  onTestFinished(() => {
    web.closeAllConnections()
    web.close()
  })
  const url = `http://127.0.0.1:${(web.address() as AddressInfo).port}`

  async function scenario(client: RawClient, name: string): Promise<unknown> {
    await client.shakeHands()
    const headers = [{ name: 'x-client', value: name }]
    const cases = [
      { url: `${url}/x` },
      { url: `${url}/redirect`, method: 'POST', bodyBase64: base64('hi') },
      { url: `${url}/redirect`, method: 'POST', bodyBase64: base64('hi'), redirectPolicy: 'stop' },
      { url: `${url}/x`, streamResponse: true },
      { url: 'http://127.0.0.1:1/x' },
      { url: 'ftp://127.0.0.1/x' },
      { url: 'nope' },
      { url: `${url}/x`, method: 'GE T' },
      { url: `${url}/x`, headers: [{ name: 'bad name', value: 'b' }] },
    ]
    const answers: unknown[] = []
    for (const [index, one] of cases.entries()) {
      const params = { method: 'GET', requestId: `${index}`, headers, ...one }
      const { result, error } = await client.call('http/request', params)
      // Whether a connection is kept is told in its own headers.
      const kept = result?.headers.filter(({ name: key }: { name: string }) =>
        /^(x-multi|location)$/.test(key),
      )
      answers.push({ status: result?.status, body: result?.bodyBase64, headers: kept, error })
    }
    await client.until(({ params }) => params?.done === true)
    const deltas = client.messages.filter(({ method }) => method === 'http/request/bodyDelta')
    return [answers, deltas.map(({ params }) => params)]
  }

  const [real, ours] = await Promise.all([
    scenario(await realServer({ NO_PROXY: '127.0.0.1', no_proxy: '127.0.0.1' }), 'real'),
    scenario(ourServer({ http: true }), 'ours'),
  ])
  expect(ours).toEqual(real)
  const requests = (name: string) =>
    seen.filter((one) => one.startsWith(name)).map((one) => one.slice(name.length))
  expect(requests('ours')).toEqual(requests('real'))
})
