import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What the stub makes the model say. */
export const STUB_ANSWER = 'All is well.'

/** A model's provider on this machine that says one thing. */
export interface StubProvider extends AsyncDisposable {
  /** Base URL for Codex's provider settings. */
  readonly url: string
}

/** Starts a provider, so that a turn shows that Codex works whatever the network and the credentials do. */
export async function startStubProvider(): Promise<StubProvider> {
  const server = createServer((request, response) => {
    request.resume()
    request.once('end', () => {
      if (request.method !== 'POST') {
        response.writeHead(200, { 'content-type': 'application/json' })
        response.end('{"object":"list","data":[]}')
        return
      }
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.end(EVENTS.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join(''))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

const MESSAGE = {
  type: 'message',
  id: 'message-1',
  role: 'assistant',
  content: [{ type: 'output_text', text: STUB_ANSWER, annotations: [] }],
}
const EVENTS = [
  { type: 'response.created', response: { id: 'response-1' } },
  { type: 'response.output_item.added', output_index: 0, item: { ...MESSAGE, content: [] } },
  { type: 'response.output_item.done', output_index: 0, item: MESSAGE },
  {
    type: 'response.completed',
    response: {
      id: 'response-1',
      usage: {
        input_tokens: 1,
        input_tokens_details: { cached_tokens: 0 },
        output_tokens: 1,
        output_tokens_details: { reasoning_tokens: 0 },
        total_tokens: 2,
      },
    },
  },
]
